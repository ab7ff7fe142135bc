import { presenceSchema } from "../protocol/frames";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { present } from "./domain/presence";
import { channelRoute } from "./lambda/channelRoute";

export interface PresenceSettings {
  subscriptionsTable: string;
  namespaces: Record<string, Namespace>;
}

/** `presence`: a page of the users who are subscribed to a channel. */
export function createHandler(settings: PresenceSettings) {
  const channels = createChannels(settings.namespaces);
  const subscriptions = createDynamoSubscriptions(settings.subscriptionsTable);

  return channelRoute(presenceSchema, async ({ frame: { id, channel, after }, caller }) => {
    const opened = channels.open(channel, "subscribe", caller);
    return { type: "presence", id, channel, ...(await present(subscriptions, opened, after)) };
  });
}
