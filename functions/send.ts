import type { Context } from "aws-lambda";
import { sendSchema, type SendFrame, type ServerFrame } from "../protocol/frames";
import { errorFrame, invalidFrame, parseJson } from "../protocol/parse";
import type { Backend } from "./domain/backend";
import { createConnections } from "./domain/connections";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createLog, errorFields, type Log } from "./domain/log";
import { MessageError, sendMessage } from "./domain/messages";
import { deadlineOf } from "./lambda/deadline";
import { callerOf, frameText, reply } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export interface SendSettings {
  connectionsTable: string;
  connectionsEndpoint: string;
}

/** `send`: a message to every live session of a user, acknowledged by the route's response. */
export function createHandler(settings: SendSettings) {
  const backend: Backend = {
    store: createDynamoSessions(settings.connectionsTable),
    connections: createConnections(settings.connectionsEndpoint),
  };

  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const { connectionId } = event.requestContext;
    const log = createLog({ connectionId, requestId: context.awsRequestId });
    const parsed = parseJson(sendSchema, frameText(event));
    if (!parsed.ok) return reply(invalidFrame(parsed.errors, parsed.id));
    return reply(await send(backend, event, parsed.value, deadlineOf(context), log));
  };
}

async function send(
  backend: Backend,
  event: WebSocketEvent,
  frame: SendFrame,
  deadline: number,
  log: Log,
): Promise<ServerFrame> {
  try {
    const sender = callerOf(event);
    if (!sender || !(sender.expires * 1000 > Date.now())) {
      return errorFrame("session-expired", "connect again with a fresh token", frame.id);
    }
    const sent = await sendMessage(backend, sender.username, frame, deadline, log);
    return { type: "ack", ...sent };
  } catch (error) {
    if (error instanceof MessageError) return errorFrame(error.code, error.message, frame.id);
    // Told as a frame rather than thrown: API Gateway's own error would not carry the message's id.
    log.error("send failed", { id: frame.id, ...errorFields(error) });
    return errorFrame("unavailable", "not sent, or not to all: send it again", frame.id);
  }
}
