import type { Context } from "aws-lambda";
import type { WebSocketEvent } from "../../../functions/lambda/webSocketEvent";

/** The context of an invocation that has that much time left. */
export function contextWith(remainingMs = 10_000): Context {
  return { awsRequestId: "request-1", getRemainingTimeInMillis: () => remainingMs } as Context;
}

/** The authorizer's context of a signed-in user; numbers come as strings, as API Gateway has it. */
export function signedIn(username: string, sessionKey = "desk"): Record<string, unknown> {
  const expires = String(Math.floor(Date.now() / 1000) + 3600);
  return { username, sessionKey, groups: "[]", expires, principalId: username };
}

/** An event of the WebSocket API. */
export function webSocketEvent(
  connectionId: string,
  event: Partial<Omit<WebSocketEvent, "requestContext">> & {
    requestContext?: Partial<WebSocketEvent["requestContext"]>;
  } = {},
): WebSocketEvent {
  return {
    isBase64Encoded: false,
    ...event,
    requestContext: {
      connectionId,
      requestId: "request-1",
      routeKey: "$default",
      connectedAt: Date.now(),
      identity: { sourceIp: "192.0.2.10" },
      ...event.requestContext,
    },
  };
}

/** The frame that a two-way route answers. */
export function frameOf(result: { statusCode: number; body?: string }): Record<string, unknown> {
  if (result.statusCode !== 200) throw new Error(`the route answered ${result.statusCode}`);
  return JSON.parse(result.body ?? "");
}
