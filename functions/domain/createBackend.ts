import type { Namespace } from "../../protocol/namespaces";
import type { Backend } from "./backend";
import { createChannels } from "./channels";
import { createConnections } from "./connections";
import { createDynamoClient } from "./dynamoClient";
import { createDynamoMessageLog } from "./dynamoMessageLog";
import { createDynamoSessions } from "./dynamoSessions";
import { createDynamoSubscriptions } from "./dynamoSubscriptions";
import { createFanoutQueue } from "./fanoutQueue";
import type { Retention } from "./messageLog";

/** All of the backend on AWS, for the functions that publish. Others make the parts that they need, to stay small. */
export function createBackend(settings: {
  connectionsTable: string;
  subscriptionsTable: string;
  messagesTable: string;
  connectionsEndpoint: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
  inbox: Retention;
}): Backend {
  const client = createDynamoClient();
  return {
    sessions: createDynamoSessions(settings.connectionsTable, client),
    connections: createConnections(settings.connectionsEndpoint),
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces, settings.inbox),
    messages: createDynamoMessageLog(settings.messagesTable, { client }),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };
}
