import type { Context } from "aws-lambda";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createDynamoClient } from "./domain/dynamoClient";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { createFanoutQueue } from "./domain/fanoutQueue";
import { removeSession } from "./domain/leave";
import { createLog } from "./domain/log";
import { callerOf } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export interface DisconnectSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
}

/** `$disconnect`: removes the session with its subscriptions, unless a newer connection holds it by now. */
export function createHandler(settings: DisconnectSettings) {
  const client = createDynamoClient();
  const backend = {
    sessions: createDynamoSessions(settings.connectionsTable, client),
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };

  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const { connectionId } = event.requestContext;
    const log = createLog({ connectionId, requestId: context.awsRequestId });
    const session = callerOf(event) ?? (await backend.sessions.findByConnection(connectionId));
    const removed =
      session !== undefined && (await removeSession(backend, { ...session, connectionId }));
    log.info("disconnected", { username: session?.username, removed });
    return { statusCode: 200 };
  };
}
