import { toMessage, type MessageItem } from "./messageItems";

/** What a message frame has more than a stored message as JSON, at most: its type, a date as text, a comma. */
const FRAME_BYTES = 32;

/** Rows that one query asks for at most. */
const MAX_WANTED = 500;

/** Takes a page's rows until it is full. */
export interface Collector {
  readonly items: MessageItem[];
  /** How many rows to ask for next: those that are likely to fit, and one that tells that there are more. */
  readonly wanted: number;
  /** @returns false if the page was full */
  add(item: MessageItem): boolean;
}

/** @param typical a row whose size is a first guess at the others' */
export function createCollector(limit: number, maxBytes: number, typical: MessageItem): Collector {
  const items: MessageItem[] = [];
  let bytes = 0;
  return {
    items,
    get wanted() {
      const size = items.length > 0 ? bytes / items.length : sizeOf(typical);
      const fitting = Math.ceil(Math.max(0, maxBytes - bytes) / size);
      return Math.min(fitting, limit - items.length, MAX_WANTED - 1) + 1;
    },
    add(item) {
      const size = sizeOf(item);
      if (items.length > 0 && (items.length >= limit || bytes + size > maxBytes)) return false;
      items.push(item);
      bytes += size;
      return true;
    },
  };
}

function sizeOf(item: MessageItem): number {
  return Buffer.byteLength(JSON.stringify(toMessage(item))) + FRAME_BYTES;
}
