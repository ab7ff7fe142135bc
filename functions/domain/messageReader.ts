import { isLive, toMessage, type MessageItem, type MessageItems } from "./messageItems";
import {
  InvalidPosition,
  type MessageLog,
  type Page,
  type PageQuery,
  type Position,
  type Retention,
} from "./messageLog";
import { createCollector } from "./pageCollector";

/** `<ms base 36>-<random>`, or `empty-<ms>`. */
const EPOCH = /^[0-9a-z]{1,16}-[0-9a-f]{1,16}$/;
const EMPTY_EPOCH = /^empty-(\d{1,15})$/;

/** The end of a live log, and what follows from it. */
interface LiveTail {
  item: MessageItem;
  /** The position of offset 0. */
  base: number;
  /** The first offset that the count allows. */
  first: number;
}

/** How much a page holds at most. */
type Bounds = Pick<PageQuery, "limit" | "maxBytes">;

/** The reading half of the log. Rows are strongly consistent: what was acknowledged before is there. */
export function createMessageReader(
  items: MessageItems,
  now: () => number,
): Pick<MessageLog, "tail" | "read" | "recover"> {
  async function liveTail(
    channel: string,
    retention: Retention,
    at: number,
  ): Promise<LiveTail | undefined> {
    const everything = { from: 1, to: Number.MAX_SAFE_INTEGER };
    const [item] = (await items.page(channel, everything, "newest first", 1)).items;
    if (!item || !isLive(item, at)) return undefined;
    const { position, offset } = item;
    const first = Math.max(1, offset - (retention.count ?? offset) + 1);
    return { item, base: position - offset, first };
  }

  /** The position of the first live row: rows expire in their order, though they may be deleted in any. */
  async function firstLive({ item: tail }: LiveTail, from: number, at: number): Promise<number> {
    let [low, high] = [from, tail.position];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const range = { from: middle, to: high };
      const [item] = (await items.page(tail.channel, range, "oldest first", 1)).items;
      if (item && !isLive(item, at)) low = item.position + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The messages after an offset up to the tail.
   * @param onExpired what to do where the next ones have expired: skip them, or give up and return nothing
   */
  async function forward(
    tail: LiveTail,
    after: number,
    { limit = Infinity, maxBytes }: Bounds,
    at: number,
    onExpired: "skip" | "give up",
  ): Promise<Page | undefined> {
    const { item: last, base, first } = tail;
    const range = { from: base + Math.max(after + 1, first), to: last.position };
    const collector = createCollector(limit, maxBytes, last);
    while (range.from <= range.to) {
      const rows = (await items.page(last.channel, range, "oldest first", collector.wanted)).items;
      const live = rows.filter((row) => isLive(row, at));
      if (live.length < rows.length && onExpired === "give up") return undefined;
      if (!live.every((row) => collector.add(row))) return page(last, collector.items, true);
      range.from = (rows.at(-1)?.position ?? range.to) + 1;
      if (live.length === 0) range.from = await firstLive(tail, range.from, at);
    }
    return page(last, collector.items, false);
  }

  /** The messages before an offset, the newest of them if they are too many. */
  async function backward(
    { item: last, base, first }: LiveTail,
    before: number,
    { limit = Infinity, maxBytes }: Bounds,
    at: number,
  ): Promise<Page> {
    const range = { from: base + first, to: Math.min(base + before - 1, last.position) };
    const collector = createCollector(limit, maxBytes, last);
    const done = (more: boolean) => page(last, collector.items.reverse(), more);
    while (range.from <= range.to) {
      const rows = (await items.page(last.channel, range, "newest first", collector.wanted)).items;
      if (rows.length === 0) break;
      for (const row of rows) {
        if (!isLive(row, at)) return done(false);
        if (!collector.add(row)) return done(true);
        range.to = row.position - 1;
      }
    }
    return done(false);
  }

  return {
    async tail(channel, retention) {
      const at = now();
      const tail = await liveTail(channel, retention, at);
      return tail ? { epoch: tail.item.epoch, offset: tail.item.offset } : emptyTail(at);
    },

    async read(channel, retention, { after, before, ...bounds }) {
      if (after !== undefined && before !== undefined) {
        throw new RangeError("a page is after an offset or before one, not both");
      }
      if (![after ?? 0, before ?? 0].every(isOffset)) {
        throw new RangeError("an offset is a whole number from 0");
      }
      if (bounds.limit !== undefined && !(bounds.limit >= 1)) {
        throw new RangeError("a limit is at least 1");
      }
      const at = now();
      const tail = await liveTail(channel, retention, at);
      if (!tail) return { ...emptyTail(at), messages: [], more: false };
      if (after === undefined) {
        return backward(tail, before ?? tail.item.offset + 1, bounds, at);
      }
      return (await forward(tail, after, bounds, at, "skip"))!;
    },

    async recover(channel, retention, position, maxBytes) {
      check(position);
      const at = now();
      const emptyAt = emptySince(position);
      const isRecent = emptyAt !== undefined && at < emptyAt + retention.seconds * 1000;
      const tail = await liveTail(channel, retention, at);
      if (!tail) return { ...emptyTail(at), messages: [], more: false, recovered: isRecent };

      const { item: last } = tail;
      const { epoch, offset } = position;
      const lost = { ...page(last, [], false), recovered: false };
      const isPast = epoch === last.epoch ? offset <= last.offset : isRecent;
      if (!isPast) return lost;
      if (offset === last.offset) return { ...lost, recovered: true };
      const missed = await forward(tail, offset, { maxBytes }, at, "give up");
      // The count may exclude the next ones, and those that expired may be gone already, in any order.
      const isExact = missed?.messages.every((message, i) => message.offset === offset + 1 + i);
      return missed?.messages.length && isExact ? { ...missed, recovered: true } : lost;
    },
  };
}

function page({ epoch, offset }: MessageItem, items: MessageItem[], more: boolean): Page {
  return { epoch, offset, messages: items.map(toMessage), more };
}

function emptyTail(at: number): Position {
  return { epoch: `empty-${at}`, offset: 0 };
}

function emptySince({ epoch }: Position): number | undefined {
  const since = EMPTY_EPOCH.exec(epoch)?.[1];
  return since === undefined ? undefined : Number(since);
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function check({ epoch, offset }: Position): void {
  if (!isOffset(offset)) throw new InvalidPosition("offset: not a whole number from 0");
  const isKnown = typeof epoch === "string" && (EPOCH.test(epoch) || EMPTY_EPOCH.test(epoch));
  if (!isKnown) throw new InvalidPosition("epoch: not one that a log has");
  if (EMPTY_EPOCH.test(epoch) && offset > 0) {
    throw new InvalidPosition("offset: an empty log has offset 0");
  }
}
