import type { InvokeResult, Services } from "./services";

/** A function as one route or authorizer invokes it. */
export interface Target {
  functionArn: string;
  /** The resource on whose behalf, for messages. */
  label: string;
  sourceArn: string;
  /** Milliseconds. */
  timeout: number;
}

/** Why an integration or authorizer gave no answer. */
export class InvocationFailure extends Error {
  constructor(
    readonly kind: "permission" | "timeout" | "throttled" | "unavailable",
    message: string,
  ) {
    super(message);
  }
}

const reported = new WeakMap<Services, Set<string>>();

/** Invokes a function; rejects with an InvocationFailure when Lambda does not run it or it takes too long. */
export async function invoke(
  services: Services,
  target: Target,
  event: unknown,
): Promise<InvokeResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${target.label}: no answer within ${target.timeout} ms`;
      reject(new InvocationFailure("timeout", message));
    }, target.timeout);
  });
  const caller = { service: "apigateway.amazonaws.com", sourceArn: target.sourceArn };
  try {
    return await Promise.race([services.lambda.invoke(target.functionArn, event, caller), timeout]);
  } catch (error) {
    throw error instanceof InvocationFailure ? error : refused(services, target, error as Error);
  } finally {
    clearTimeout(timer);
  }
}

function refused(services: Services, target: Target, error: Error): InvocationFailure {
  const message = `${target.label}: ${error.message}`;
  if (error.name === "TooManyRequestsException") return new InvocationFailure("throttled", message);
  if (error.name !== "AccessDeniedException") {
    services.log(`${target.label}: cannot invoke ${target.functionArn}: ${error.message}`);
    return new InvocationFailure("unavailable", message);
  }
  // A missing permission fails every request alike: once is enough.
  let known = reported.get(services);
  if (!known) reported.set(services, (known = new Set()));
  if (!known.has(target.label + target.sourceArn)) {
    known.add(target.label + target.sourceArn);
    services.log(
      `${target.label}: API Gateway may not invoke ${target.functionArn}: no aws:lambda/permission:Permission ` +
        `lets apigateway.amazonaws.com invoke it from ${target.sourceArn} (${error.message})`,
    );
  }
  return new InvocationFailure("permission", message);
}
