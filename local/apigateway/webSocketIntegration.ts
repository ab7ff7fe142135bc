import type { IntegrationDefinition } from "./definitions";
import { InvocationFailure, Target, invoke } from "./invocation";
import { mockIntegration } from "./mockIntegration";
import { ProxyResult, readProxyResult } from "./proxyResult";
import type { InvokeResult, Services } from "./services";
import {
  IntegrationFailure,
  chooseResponse,
  integrationRequestBody,
  internalError,
  responseBody,
} from "./transformations";
import type { EventParts, WebSocketRequest } from "./webSocketRequest";

/** What an integration answers: the status counts on `$connect`, the body on two-way routes. */
export type IntegrationResult = ProxyResult;

/** The integration of a route, ready to run. */
export interface Integration {
  /** The result of every run, where it depends on nothing. */
  constant?: IntegrationResult;
  /** Throws or rejects with an IntegrationFailure. */
  run(request: WebSocketRequest, parts: EventParts): IntegrationResult | Promise<IntegrationResult>;
}

export function createIntegration(
  services: Services,
  definition: IntegrationDefinition,
  routeLabel: string,
  sourceArn: string,
): Integration {
  if (definition.type === "MOCK") return mockIntegration(definition);
  const target = {
    functionArn: definition.functionArn!,
    label: routeLabel,
    sourceArn,
    timeout: definition.timeout,
  };
  return definition.type === "AWS_PROXY"
    ? proxyIntegration(services, target)
    : lambdaIntegration(services, definition, target);
}

function proxyIntegration(services: Services, target: Target): Integration {
  return {
    async run(request, parts) {
      const result = await call(services, target, request.event(parts));
      if ("functionError" in result) {
        const { errorType, errorMessage } = result.functionError;
        throw internalError(`${target.label}: ${errorType}: ${errorMessage}`, 502);
      }
      const answer = readProxyResult(result.payload);
      if (!answer) throw internalError(`${target.label}: malformed Lambda proxy response`, 502);
      return answer;
    },
  };
}

/** A Lambda function behind mapping templates. */
function lambdaIntegration(
  services: Services,
  definition: IntegrationDefinition,
  target: Target,
): Integration {
  return {
    async run(request) {
      const body = integrationRequestBody(definition, request);
      let event: unknown;
      try {
        event = body === "" ? {} : JSON.parse(body);
      } catch {
        throw internalError(`${definition.label}: what goes to the function is not JSON`);
      }
      const result = await call(services, target, event);
      const failed = "functionError" in result;
      const output = failed ? result.functionError : result.payload;
      const errorMessage = (output as { errorMessage?: unknown } | null)?.errorMessage;
      const response = chooseResponse(
        definition,
        typeof errorMessage === "string" ? errorMessage : "",
      );
      const text = JSON.stringify(output ?? null);
      const status = failed ? 502 : 200;
      return { status, body: responseBody(response, request, status, text, output) };
    },
  };
}

async function call(services: Services, target: Target, event: unknown): Promise<InvokeResult> {
  try {
    return await invoke(services, target, event);
  } catch (error) {
    if (!(error instanceof InvocationFailure)) throw error;
    throw error.kind === "timeout"
      ? new IntegrationFailure(504, "Endpoint request timed out", error.message)
      : internalError(error.message);
  }
}
