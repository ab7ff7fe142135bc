import { randomBytes } from "node:crypto";
import { subscriberKey } from "../../functions/domain/subscriptions";
import type { StoredSubscription } from "./target";

interface Wanted {
  /** Epoch seconds; in ten minutes, if it is left out. */
  expires?: number;
  /** Which of the places among a channel's subscribers are wanted, see {@link prefixOf}. */
  prefix?: (at: number) => boolean;
  /** What the users' names begin with. */
  name?: string;
}

/** Rows of subscribers whose connections are not there, each another user's. */
export function subscriberRows(
  channel: string,
  count: number,
  { expires, prefix, name = "ghost" }: Wanted = {},
): StoredSubscription[] {
  const rows: StoredSubscription[] = [];
  for (let i = 0; rows.length < count; i++) {
    const connectionId = `${randomBytes(10).toString("base64url")}=`;
    const who = { username: `${name}-${i}`, sessionKey: "ghost", connectionId };
    const subscriber = subscriberKey(who);
    if (prefix && !prefix(prefixOf(who.username))) continue;
    rows.push({ channel, subscriber, ...who, expires: expires ?? inTenMinutes() });
  }
  return rows;
}

/** The first of what the subscribers of a channel are ordered by, from 0 up to 1. */
export function prefixOf(username: string): number {
  const key = subscriberKey({ username, connectionId: "" });
  return parseInt(key.slice(0, 4), 16) / 0x10000;
}

function inTenMinutes(): number {
  return Math.floor(Date.now() / 1000) + 600;
}
