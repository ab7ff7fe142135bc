import type { IncomingMessage } from "node:http";
import { errorContext } from "./accessLog";
import { authorize } from "./authorizer";
import { Connection } from "./connection";
import { HandshakeRequest, peerAddress, readHandshake } from "./handshakeRequest";
import type { WebSocketStage } from "./webSocketStage";
import { EventParts, WebSocketRequest } from "./webSocketRequest";

/** The outcome of a handshake: a connection to open, or an HTTP answer that refuses it. */
export type HandshakeOutcome =
  | { connection: Connection; headers?: Record<string, string | string[]> }
  | { status: number; body: string; headers?: Record<string, string | string[]> };

/** Runs `$connect` of a stage, its throttles and authorizer first. */
export async function shakeHands(
  stage: WebSocketStage,
  req: IncomingMessage,
  query: string,
): Promise<HandshakeOutcome> {
  const { api, services, connectRoute: route } = stage;
  const sourceIp = peerAddress(req);
  const userAgent = req.headers["user-agent"];
  const identity = userAgent === undefined ? { sourceIp } : { userAgent, sourceIp };
  const connection = new Connection(api, stage.definition, identity);
  const request = new WebSocketRequest(connection, "CONNECT", "", "");
  request.routeKey = "$connect";

  const refuse = (status: number, message: string, outcome: object = {}): HandshakeOutcome => {
    stage.log(request, { status, error: errorContext(status, message), ...outcome });
    return { status, body: request.message(message) };
  };

  const accepted =
    services.newConnections.take(request.epoch) && stage.throttle.take("$connect", request.epoch);
  if (!accepted) return refuse(429, "Too Many Requests");
  if (!route) {
    stage.log(request, { status: 200 });
    return { connection };
  }
  const handshake = readHandshake(req, query, api.domainName, sourceIp);
  if (route.authorizer) {
    const arns = { executionArn: api.executionArn, methodArn: stage.routeArn("$connect") };
    const decision = await authorize(services, route.authorizer, arns, handshake, request);
    if ("status" in decision) {
      const { status, message, cause } = decision;
      return refuse(status, message, { authorizer: { status, error: cause } });
    }
    request.setAuthorizer(decision.context);
  }
  try {
    const { status, headers, body } = await route.integration.run(request, partsOf(handshake));
    stage.logResult(request, status);
    return status >= 200 && status < 300
      ? { connection, headers }
      : { status, headers, body: body ?? "" };
  } catch (error) {
    const failure = stage.logFailure(request, error);
    return { status: failure.status, body: request.message(failure.clientMessage) };
  }
}

function partsOf(handshake: HandshakeRequest): EventParts {
  const { headers, multiValueHeaders } = handshake;
  const { queryStringParameters, multiValueQueryStringParameters } = handshake;
  return {
    headers,
    multiValueHeaders,
    ...(queryStringParameters && { queryStringParameters, multiValueQueryStringParameters }),
  };
}

const reasons: Record<number, string> = {
  1001: "Going away",
  1005: "Client-side close frame status not set",
  1006: "Connection Closed Abnormally",
};

/** Runs `$disconnect` of a stage, if it has one; never rejects. */
export async function sayGoodbye(
  stage: WebSocketStage,
  connection: Connection,
  { code, reason }: { code: number; reason: string },
): Promise<void> {
  const request = new WebSocketRequest(connection, "DISCONNECT", "", "", {
    disconnectStatusCode: code,
    disconnectReason: reason || (reasons[code] ?? ""),
  });
  request.routeKey = "$disconnect";
  const route = stage.disconnectRoute;
  if (!route) return stage.log(request, { status: 200 });
  if (stage.services.faults.dropsDisconnect?.(connection.id)) return;
  // The headers that AWS shows here belong to no request; their values are empty.
  const headers = {
    Host: stage.api.domainName,
    "x-api-key": "",
    "X-Forwarded-For": "",
    "x-restapi": "",
  };
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  );
  try {
    const { status } = await route.integration.run(request, { headers, multiValueHeaders });
    stage.logResult(request, status);
  } catch (error) {
    stage.logFailure(request, error);
  }
}
