import { historySchema } from "../protocol/frames";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createDynamoMessageLog } from "./domain/dynamoMessageLog";
import { messageFrame } from "./domain/frames";
import { history } from "./domain/history";
import type { Retention } from "./domain/messageLog";
import { channelRoute } from "./lambda/channelRoute";

export interface HistorySettings {
  messagesTable: string;
  namespaces: Record<string, Namespace>;
  inbox: Retention;
}

/** `history`: a page of a channel's stored messages. */
export function createHandler(settings: HistorySettings) {
  const channels = createChannels(settings.namespaces, settings.inbox);
  const messages = createDynamoMessageLog(settings.messagesTable);

  return channelRoute(historySchema, async ({ frame, caller }) => {
    const { id, channel } = frame;
    const page = await history(messages, channels.open(channel, "subscribe", caller), frame);
    return { type: "history", id, channel, ...page, messages: page.messages.map(messageFrame) };
  });
}
