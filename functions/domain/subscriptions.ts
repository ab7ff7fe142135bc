import { createHash } from "node:crypto";
import type { SessionRef } from "./sessions";

/** A connection that listens to a channel. */
export interface Subscription extends SessionRef {
  channel: string;
  /** When its session is over at the latest, epoch seconds: also the table's TTL. */
  expires: number;
}

/** A subscription with the key by which a channel's subscriptions are ordered. */
export interface Subscriber extends Subscription {
  subscriber: string;
}

/** Subscribers after one key and before another, both exclusive; "" is the beginning or the end. */
export interface KeyRange {
  from: string;
  to: string;
}

/** Where subscriptions are kept. */
export interface SubscriptionStore {
  /** Stores a subscription; tells whether it is new. */
  put(subscription: Subscription): Promise<boolean>;
  /** Removes it; tells whether it was there. */
  remove(channel: string, session: Pick<SessionRef, "username" | "connectionId">): Promise<boolean>;
  /** A strongly consistent page, expired ones included; `next` is the key to go on after. */
  page(
    channel: string,
    range: KeyRange,
    limit: number,
  ): Promise<{ subscribers: Subscriber[]; next?: string }>;
  /** Whether a live connection of the user, other than this one, listens to the channel. */
  hasOther(channel: string, username: string, connectionId: string): Promise<boolean>;
}

/**
 * `<4 hex of SHA-256(user)> <user> <connection>`: a user's subscriptions are side by side, as no name holds a space,
 * and users are spread evenly over the 65,536 prefixes, so that ranges of prefixes hold about as many each.
 */
export function subscriberKey({
  username,
  connectionId,
}: Pick<SessionRef, "username" | "connectionId">): string {
  return `${userPrefix(username)}${connectionId}`;
}

/** What the keys of a user's subscriptions begin with. */
export function userPrefix(username: string): string {
  const hash = createHash("sha256").update(username).digest("hex").slice(0, 4);
  return `${hash} ${username} `;
}

/** A key after all of a user's and before any other user's: "!" follows the space, and no name begins lower. */
export function afterUser(username: string): string {
  return `${userPrefix(username).slice(0, -1)}!`;
}
