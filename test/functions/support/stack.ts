import { createDynamoMessageLog } from "../../../functions/domain/dynamoMessageLog";
import { createDynamoSessions } from "../../../functions/domain/dynamoSessions";
import { createDynamoSubscriptions } from "../../../functions/domain/dynamoSubscriptions";
import type { Session } from "../../../functions/domain/sessions";
import type { Namespace } from "../../../protocol/namespaces";
import { startConnectionsStub } from "./connectionsStub";
import { MESSAGES, startDynamo, SUBSCRIPTIONS, TABLE } from "./dynamo";
import { startQueueStub } from "./queueStub";

/** Namespaces of all kinds. */
export const NAMESPACES: Record<string, Namespace> = {
  room: {
    subscribe: ["authenticated"],
    publish: ["authenticated"],
    history: { seconds: 3600 },
    presence: true,
    events: true,
  },
  live: { subscribe: ["authenticated"], publish: ["authenticated"], presence: true, events: false },
  news: {
    subscribe: ["authenticated"],
    publish: ["group:editors"],
    history: { seconds: 3600, count: 5 },
    presence: false,
    events: false,
  },
  my: {
    subscribe: ["owner"],
    publish: ["owner"],
    history: { seconds: 60 },
    presence: false,
    events: false,
  },
  system: { subscribe: ["authenticated"], publish: ["backend"], presence: false, events: false },
};

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Real tables, with stand-ins for the connections and the queue. */
export async function startStack() {
  const dynamo = await startDynamo();
  const connections = await startConnectionsStub();
  const queue = await startQueueStub();
  const sessions = createDynamoSessions(TABLE);

  return {
    connections,
    queue,
    sessions,
    subscriptions: createDynamoSubscriptions(SUBSCRIPTIONS),
    messages: createDynamoMessageLog(MESSAGES),
    settings: {
      connectionsTable: TABLE,
      subscriptionsTable: SUBSCRIPTIONS,
      messagesTable: MESSAGES,
      connectionsEndpoint: connections.endpoint,
      fanoutQueueUrl: queue.url,
      namespaces: NAMESPACES,
      inbox: { seconds: 3600 },
    },

    /** Stores a session that has been open for a minute. */
    async session(
      username: string,
      connectionId: string,
      values: Partial<Session> = {},
    ): Promise<Session> {
      const expires = Math.floor(Date.now() / 1000) + 600;
      const session = {
        username,
        sessionKey: connectionId,
        connectionId,
        connectedAt: Date.now() - 60_000,
        expires,
        credentialExpires: expires,
        ...values,
      };
      await sessions.put(session);
      return session;
    },

    async close() {
      await queue.close();
      await connections.close();
      await dynamo.close();
    },
  };
}
