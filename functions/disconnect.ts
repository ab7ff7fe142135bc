import type { Context } from "aws-lambda";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createLog } from "./domain/log";
import { callerOf } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export interface DisconnectSettings {
  connectionsTable: string;
}

/** `$disconnect`: removes the session, unless a newer connection holds it by now. */
export function createHandler(settings: DisconnectSettings) {
  const store = createDynamoSessions(settings.connectionsTable);

  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const { connectionId } = event.requestContext;
    const log = createLog({ connectionId, requestId: context.awsRequestId });
    const session = callerOf(event) ?? (await store.findByConnection(connectionId));
    const removed = session !== undefined && (await store.remove({ ...session, connectionId }));
    log.info("disconnected", { username: session?.username, removed });
    return { statusCode: 200 };
  };
}
