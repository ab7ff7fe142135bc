import { MAX_PRESENCE_USERS } from "../../protocol/limits";
import { ChannelError } from "./channelError";
import type { Channel } from "./channels";
import { isExpired } from "./sessions";
import { afterUser, type SubscriptionStore } from "./subscriptions";

/** Subscriptions that are read at a time. */
const PAGE = 500;

/** Some of a channel's users, each once; `next` is the one to go on after. */
export interface Present {
  users: string[];
  next?: string;
}

/** Who listens to a channel on a live session. @throws ChannelError if the channel does not show it */
export async function present(
  subscriptions: SubscriptionStore,
  channel: Channel,
  after?: string,
): Promise<Present> {
  if (!channel.presence) {
    throw new ChannelError("no-presence", "channel: it does not show who is there");
  }
  const users: string[] = [];
  let from: string | undefined = after === undefined ? "" : afterUser(after);
  while (from !== undefined) {
    const page = await subscriptions.page(channel.name, { from, to: "" }, PAGE);
    for (const subscriber of page.subscribers) {
      // A user's subscriptions are side by side.
      if (isExpired(subscriber) || subscriber.username === users.at(-1)) continue;
      if (users.length === MAX_PRESENCE_USERS) return { users, next: users.at(-1) };
      users.push(subscriber.username);
    }
    from = page.next;
  }
  return { users };
}
