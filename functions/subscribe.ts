import { subscribeSchema } from "../protocol/frames";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createDynamoClient } from "./domain/dynamoClient";
import { createDynamoMessageLog } from "./domain/dynamoMessageLog";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { createFanoutQueue } from "./domain/fanoutQueue";
import { messageFrame } from "./domain/frames";
import type { Retention } from "./domain/messageLog";
import { subscribe } from "./domain/subscribe";
import { channelRoute } from "./lambda/channelRoute";

export interface SubscribeSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  messagesTable: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
  inbox: Retention;
}

/** `subscribe`: a channel's messages from now on, and what was missed since a position. */
export function createHandler(settings: SubscribeSettings) {
  const client = createDynamoClient();
  const backend = {
    sessions: createDynamoSessions(settings.connectionsTable, client),
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces, settings.inbox),
    messages: createDynamoMessageLog(settings.messagesTable, { client }),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };

  return channelRoute(subscribeSchema, async ({ frame, caller, log }) => {
    const { id, position } = frame;
    const channel = backend.channels.open(frame.channel, "subscribe", caller);
    const { page, recovered } = await subscribe(backend, channel, caller, position);
    log.info("subscribed", { channel: channel.name, recovered });
    return {
      type: "subscribed",
      id,
      channel: channel.name,
      epoch: page?.epoch,
      offset: page?.offset,
      recovered,
      messages: (page?.messages ?? []).map(messageFrame),
      more: page?.more || undefined,
    };
  });
}
