import { unsubscribeSchema } from "../protocol/frames";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createDynamoClient } from "./domain/dynamoClient";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { createFanoutQueue } from "./domain/fanoutQueue";
import { unsubscribe } from "./domain/subscribe";
import { channelRoute } from "./lambda/channelRoute";

export interface UnsubscribeSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
}

/** `unsubscribe`: no more of a channel's messages. */
export function createHandler(settings: UnsubscribeSettings) {
  const client = createDynamoClient();
  const backend = {
    sessions: createDynamoSessions(settings.connectionsTable, client),
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };

  return channelRoute(unsubscribeSchema, async ({ frame: { id, channel: name }, caller, log }) => {
    const channel = backend.channels.open(name, "subscribe", caller);
    await unsubscribe(backend, channel, caller);
    log.info("unsubscribed", { channel: name });
    return { type: "unsubscribed", id, channel: name };
  });
}
