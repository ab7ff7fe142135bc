import type { IncomingMessage, ServerResponse } from "node:http";
import type { PostFault } from "../faults";
import { readBody, sendJson } from "./http";
import type { WebSocketStage } from "./webSocketStage";

/** Answers a request to `/{stage}/@connections/{id}`. */
export async function manageConnection(
  stage: WebSocketStage,
  id: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { services, definition } = stage;
  const method = req.method ?? "";
  if (!["POST", "GET", "DELETE"].includes(method)) {
    return fail(res, 403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const body = await readBody(req, services.limits.messageBytes);
  const accessKeyId = accessKeyOf(req);
  if (accessKeyId === undefined) {
    return fail(res, 403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const arn = `${stage.api.executionArn}/${definition.name}/${method}/@connections/${id}`;
  try {
    services.iam.authorize(accessKeyId, "execute-api:ManageConnections", arn);
  } catch (error) {
    const { name, message } = error as Error;
    const known = name.startsWith("UnrecognizedClient");
    // API Gateway spells this one with a capital letter.
    const type = known ? "UnrecognizedClientException" : "AccessDeniedException";
    return sendJson(res, 403, { Message: message }, { "x-amzn-errortype": type });
  }
  if (!services.account.take(Date.now())) return tooMany(res);
  if (body === undefined) {
    return fail(res, 413, "PayloadTooLargeException", "Payload is too large");
  }
  if (/[^\w=-]/.test(id))
    return fail(res, 400, "BadRequestException", `Invalid connectionId: ${id}`);
  // A connection whose $connect has not returned is not there yet, one that is being closed not any more.
  const connection = stage.connections.get(id);
  if (!connection || connection.ending) return fail(res, 410, "GoneException", "Gone");
  if (method === "DELETE") {
    connection.end(1000, "");
    res.writeHead(204).end();
  } else if (method === "GET") {
    sendJson(res, 200, {
      connectedAt: new Date(connection.connectedAt).toISOString(),
      identity: connection.identity,
      lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
    });
  } else {
    // A client that does not read: AWS answers as it does when the quota is used up.
    if (connection.bufferedBytes > services.limits.sendBufferBytes) return tooMany(res);
    const data = body.toString();
    const fault = services.faults.post?.(id, data);
    if (fault === undefined || fault.delivered) connection.send(data);
    if (fault) return answerFault(res, fault);
    res.writeHead(200, { "content-length": 0 }).end();
  }
}

/** The access key of a Signature Version 4, from the header or a presigned URL. */
function accessKeyOf(req: IncomingMessage): string | undefined {
  const header = /^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\//.exec(
    req.headers.authorization ?? "",
  );
  const query = /[?&]X-Amz-Credential=([^&]+?)(?:\/|%2F)/i.exec(req.url ?? "");
  return header?.[1] ?? query?.[1];
}

function answerFault(res: ServerResponse, { status }: PostFault): void {
  if (status === 429) return tooMany(res);
  if (status === 410) return fail(res, 410, "GoneException", "Gone");
  sendJson(res, 504, { message: "Endpoint request timed out" });
}

function tooMany(res: ServerResponse): void {
  fail(res, 429, "LimitExceededException", "Too Many Requests");
}

function fail(res: ServerResponse, status: number, type: string, message: string): void {
  sendJson(res, status, { message }, { "x-amzn-errortype": type });
}
