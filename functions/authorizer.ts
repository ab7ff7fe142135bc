import { randomUUID } from "node:crypto";
import type {
  APIGatewayAuthorizerResult,
  APIGatewayRequestAuthorizerEvent,
  Context,
} from "aws-lambda";
import { SESSION_KEY_PATTERN } from "../protocol/limits";
import { extractToken, Refusal } from "./domain/credentials";
import { createLog, errorFields, type Log } from "./domain/log";
import {
  hasOriginSecret,
  isAllowedOrigin,
  ORIGIN_SECRET_HEADER,
  VIEWER_HOST_HEADER,
} from "./domain/origin";
import { headerValues, queryValues } from "./domain/request";
import { createSigningKeys, type SigningKeys } from "./domain/signingKeys";
import { verifyToken, type Identity, type TokenRules } from "./domain/tokens";

export interface AuthorizerSettings extends TokenRules {
  /** Address of the pool's key set. */
  jwksUri: string;
  /** Hex SHA-256 of each valid origin secret; empty: not checked. */
  originSecretDigests: string[];
  /** Origins, beside the stack's own, whose pages may connect. Requests without `Origin` pass. */
  allowedOrigins: string[];
}

/**
 * Decides on `$connect`. Every refusal is a Deny policy, which API Gateway answers with 403: AWS would make 401 of
 * an error "Unauthorized", but any other error 500, and a handshake must never end in that for its credential.
 */
export function createHandler(settings: AuthorizerSettings) {
  const keys = createSigningKeys(settings.jwksUri);

  return async (
    event: APIGatewayRequestAuthorizerEvent,
    context: Context,
  ): Promise<APIGatewayAuthorizerResult> => {
    const log = createLog({
      connectionId: event.requestContext.connectionId,
      requestId: context.awsRequestId,
    });
    try {
      const identity = await authenticate(event, settings, keys, log);
      return policy("Allow", event.methodArn, identity.username, {
        username: identity.username,
        sessionKey: sessionKey(event),
        groups: JSON.stringify(identity.groups),
        expires: identity.expires,
      });
    } catch (error) {
      if (error instanceof Refusal) log.warn("handshake refused", { reason: error.message });
      else log.error("handshake refused for a fault", errorFields(error));
      return policy("Deny", event.methodArn, "anonymous");
    }
  };
}

async function authenticate(
  event: APIGatewayRequestAuthorizerEvent,
  settings: AuthorizerSettings,
  keys: SigningKeys,
  log: Log,
): Promise<Identity> {
  const header = (name: string) => headerValues(event.headers, event.multiValueHeaders, name);
  if (!hasOriginSecret(header(ORIGIN_SECRET_HEADER), settings.originSecretDigests)) {
    throw new Refusal("the origin secret is missing or wrong");
  }
  if (!isAllowedOrigin(header("origin"), header(VIEWER_HOST_HEADER), settings.allowedOrigins)) {
    throw new Refusal("the Origin is not allowed");
  }
  const token = extractToken({
    authorization: header("authorization"),
    subprotocols: header("sec-websocket-protocol"),
    token: queryValues(event.queryStringParameters, event.multiValueQueryStringParameters, "token"),
  });
  return verifyToken(token, settings, keys, log);
}

/**
 * The key of the session: the client's own, or a new one. A malformed one is not refused here, where all
 * that the client would learn is 403, but by `$connect`, which can say what is wrong with it.
 */
function sessionKey(event: APIGatewayRequestAuthorizerEvent): string {
  const given = event.queryStringParameters?.session;
  return given !== undefined && SESSION_KEY_PATTERN.test(given) ? given : randomUUID();
}

function policy(
  effect: "Allow" | "Deny",
  resource: string,
  principalId: string,
  context?: APIGatewayAuthorizerResult["context"],
): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
    },
    context,
  };
}
