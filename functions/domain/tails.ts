import type { MessageItem } from "./messageItems";

/** The end of a channel's log, as far as the next message depends on it. */
export type Tail = Pick<MessageItem, "position" | "offset" | "epoch" | "expires">;

/** The ends of logs that a warm function remembers. */
export interface Tails {
  get(channel: string): Tail | undefined;
  set(channel: string, tail: Tail): void;
}

/** @param capacity beyond it, the channel that was used longest ago is forgotten */
export function createTails(capacity: number): Tails {
  // A Map keeps the order of insertion.
  const tails = new Map<string, Tail>();
  return {
    get: (channel) => tails.get(channel),
    set(channel, { position, offset, epoch, expires }) {
      const known = tails.get(channel);
      if (known && known.position > position) return;
      tails.delete(channel);
      tails.set(channel, { position, offset, epoch, expires });
      const oldest = tails.size > capacity && tails.keys().next().value;
      if (oldest) tails.delete(oldest);
    },
  };
}
