import type { RequestAuthorizerDefinition } from "./definitions";
import type { HandshakeRequest } from "./handshakeRequest";
import { InvocationFailure, invoke } from "./invocation";
import { evaluatePolicy } from "./policy";
import type { Services } from "./services";
import type { WebSocketRequest } from "./webSocketRequest";

export type AuthorizerContext = Record<string, string | number | boolean>;

/** What an authorizer decided: the context of the connection, or the refusal of the handshake. */
export type Decision =
  { context: AuthorizerContext } | { status: 401 | 403 | 500; message: string; cause: string };

/** Runs the REQUEST authorizer of a `$connect` route. */
export async function authorize(
  services: Services,
  authorizer: RequestAuthorizerDefinition,
  arns: { executionArn: string; methodArn: string },
  handshake: HandshakeRequest,
  request: WebSocketRequest,
): Promise<Decision> {
  const missing = authorizer.identitySources.find((source) =>
    source.from === "header"
      ? !handshake.header(source.name)
      : !handshake.queryStringParameters?.[source.name],
  );
  if (missing)
    return unauthorized(`the identity source ${missing.from}.${missing.name} is missing`);
  const event = {
    type: "REQUEST",
    methodArn: arns.methodArn,
    headers: handshake.headers,
    multiValueHeaders: handshake.multiValueHeaders,
    queryStringParameters: handshake.queryStringParameters ?? {},
    multiValueQueryStringParameters: handshake.multiValueQueryStringParameters ?? {},
    stageVariables: request.stageVariables,
    requestContext: request.context,
  };
  const target = {
    functionArn: authorizer.functionArn,
    label: authorizer.label,
    sourceArn: `${arns.executionArn}/authorizers/${authorizer.id}`,
    timeout: services.limits.authorizerTimeout,
  };
  try {
    const result = await invoke(services, target, event);
    if ("payload" in result) {
      return judge(result.payload, arns.methodArn, services.limits.authorizerContextBytes);
    }
    const { errorMessage, errorType } = result.functionError;
    return errorMessage === "Unauthorized"
      ? unauthorized("the authorizer threw Unauthorized")
      : failed(`the authorizer failed: ${errorType}: ${errorMessage}`);
  } catch (error) {
    if (error instanceof InvocationFailure) return failed(error.message);
    throw error;
  }
}

function judge(payload: unknown, methodArn: string, maxBytes: number): Decision {
  const { principalId, policyDocument, context } = (payload ?? {}) as Record<string, unknown>;
  if (typeof principalId !== "string") return failed("its result has no principalId");
  const verdict = evaluatePolicy(policyDocument, methodArn);
  if (verdict === undefined) return failed("its result has no valid policyDocument");
  if (verdict !== "allow") {
    const explicit = verdict === "deny" ? " with an explicit deny" : "";
    const message = `User is not authorized to access this resource${explicit}`;
    return { status: 403, message, cause: message };
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > maxBytes) {
    return failed(`its result is over ${maxBytes} bytes`);
  }
  const values = Object.entries(context ?? {});
  const nested = values.find(
    ([, value]) => !["string", "number", "boolean"].includes(typeof value),
  );
  if (
    nested ||
    (context !== undefined && (typeof context !== "object" || Array.isArray(context)))
  ) {
    return failed(
      `its context may hold strings, numbers and booleans only${nested ? `, "${nested[0]}" is none` : ""}`,
    );
  }
  return { context: { ...(context as AuthorizerContext), principalId } };
}

function unauthorized(cause: string): Decision {
  return { status: 401, message: "Unauthorized", cause };
}

function failed(cause: string): Decision {
  return { status: 500, message: "Internal server error", cause };
}
