import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoClient } from "./dynamoClient";
import { createMessageItems, isLive, toMessage, type MessageItem } from "./messageItems";
import {
  IdReused,
  LogContended,
  type MessageLog,
  type NewMessage,
  type Retention,
} from "./messageLog";
import { createMessageReader } from "./messageReader";
import { createTails, type Tail } from "./tails";

/** Channels whose tails are remembered: about 200 bytes each. */
const MAX_TAILS = 5000;

/**
 * How long before its message expires a remembered tail is given up, in ms. Longer than any try of a put, so that
 * rows after the tail, which expire no sooner, are all there when the put arrives.
 */
const TRUST_MARGIN_MS = 60_000;

/** How long a writer tries to get a position, in ms, before it leaves the channel to others. */
const PATIENCE_MS = 20_000;

/** Positions that a writer tries to get one after the other before it pauses and looks where the log ends. */
const TRIES = 2;

/**
 * First and longest pause, in ms; the actual one is random below it. Long ones are quicker for all: measured with 50
 * writers without rest, 3 requests a message, against 9 with pauses of a quarter and twice the tries.
 */
const FIRST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 1280;

/**
 * Longest time from the start of a put to its end, in ms: three tries with a connection (1 s) and an answer (5 s)
 * each. A row whose put began longer before this writer than that was stored before it, and so was all before the row.
 */
const SLOWEST_PUT_MS = 20_000;

/** Messages that are searched at most for one that is resent. */
const MAX_SEARCHED = 10_000;

/** Rows of the first and of each further page of a search. Four small messages cost no more than one. */
const FIRST_SEARCH_PAGE = 4;
const SEARCH_PAGE = 500;

export interface MessageLogOptions {
  client?: DynamoDBDocumentClient;
  /** The clock, epoch ms. */
  now?: () => number;
  maxTails?: number;
}

/** The logs in the messages table. */
export function createDynamoMessageLog(
  table: string,
  { client = createDynamoClient(), now = Date.now, maxTails = MAX_TAILS }: MessageLogOptions = {},
): MessageLog {
  const items = createMessageItems(client, table);
  const tails = createTails(maxTails);

  function isTrusted(tail: Tail): boolean {
    return isLive(tail, now() + TRUST_MARGIN_MS);
  }

  /**
   * Goes back from the end of the log.
   * @param above the last position that is not looked at
   * @returns the newest row, and the one that is this message already
   * @throws IdReused
   */
  async function search(
    channel: string,
    message: NewMessage,
    above: number,
    isOver: (item: MessageItem) => boolean,
  ): Promise<{ newest?: MessageItem; same?: MessageItem }> {
    const at = now();
    const range = { from: above + 1, to: Number.MAX_SAFE_INTEGER };
    let newest: MessageItem | undefined;
    for (let searched = 0; searched < MAX_SEARCHED;) {
      const limit = searched === 0 ? FIRST_SEARCH_PAGE : SEARCH_PAGE;
      const page = await items.page(channel, range, "newest first", limit);
      newest ??= page.items[0];
      for (const item of page.items) {
        if (!isLive(item, at) || isOver(item)) return { newest };
        if (isSame(item, message)) return { newest, same: item };
        range.to = item.position - 1;
      }
      searched += page.items.length;
      if (!page.more) break;
    }
    return { newest };
  }

  /** @param known the end of the log to begin with; null if it has to be looked up */
  async function write(
    channel: string,
    message: NewMessage,
    retention: Retention,
    known: Tail | null | undefined,
  ): Promise<{ item: MessageItem; repeated: boolean }> {
    const startedAt = now();
    const patientUntil = performance.now() + PATIENCE_MS;
    // A resend that another function stores meanwhile is not before this.
    const isEarlier = (item: MessageItem) => startOf(item) < startedAt - SLOWEST_PUT_MS;
    const repeated = (item: MessageItem) => {
      tails.set(channel, item);
      return { item, repeated: true };
    };
    let tail = known ?? undefined;
    let mustLook = known === null;
    for (let conflicts = 0; ;) {
      if (mustLook) {
        const found = await search(channel, message, tail?.position ?? 0, isEarlier);
        if (found.same) return repeated(found.same);
        tail = found.newest ?? tail;
      }
      const item = successor(channel, message, retention, tail);
      const put = await items.put(item);
      if (put.stored) {
        tails.set(channel, item);
        return { item, repeated: false };
      }
      const { holder } = put;
      if (holder && isLive(holder, now()) && isSame(holder, message)) return repeated(holder);
      conflicts++;
      tail = holder ?? tail;
      // The first conflict is likely to be with the only message that this function did not know of.
      const isRoundOver = conflicts % TRIES === 0;
      mustLook = isRoundOver || !holder || !isTrusted(holder);
      const isContended = !holder || !isEarlier(holder);
      if (isRoundOver && isContended) await sleep(pauseAfter(conflicts / TRIES));
      if (performance.now() > patientUntil) {
        throw new LogContended(`${conflicts} positions in the log of ${channel} were taken`);
      }
    }
  }

  function successor(
    channel: string,
    message: NewMessage,
    retention: Retention,
    tail: Tail | undefined,
  ): MessageItem {
    const at = now();
    const { id, from, to, sentAt } = message;
    const own = Math.ceil(at / 1000) + retention.seconds;
    const place =
      tail && isLive(tail, at)
        ? // No message expires before an earlier one, even if the retention was shortened or clocks differ: so the
          // newest row of an epoch is never gone before the others, and no offset is given again.
          { epoch: tail.epoch, offset: tail.offset + 1, expires: Math.max(own, tail.expires) }
        : { epoch: `${at.toString(36)}-${random()}`, offset: 1, expires: own };
    const position = (tail?.position ?? 0) + 1;
    const body = bodyText(message);
    const token = `${at.toString(36)}-${random()}`;
    return { channel, position, ...place, id, from, ...(to && { to }), sentAt, body, token };
  }

  return {
    async append(channel, message, retention) {
      const tail = tails.get(channel);
      const known = tail && isTrusted(tail) ? tail : null;
      return toMessage((await write(channel, message, retention, known)).item);
    },

    async appendOnce(channel, message, retention) {
      const { newest, same } = await search(channel, message, 0, () => false);
      if (same) return { message: toMessage(same), repeated: true };
      const { item, repeated } = await write(channel, message, retention, newest);
      return { message: toMessage(item), repeated };
    },

    ...createMessageReader(items, now),
  };
}

/**
 * Whether a row is this message: a sender's ids are its own.
 * @throws IdReused if the sender used the id for another one
 */
function isSame(item: MessageItem, message: NewMessage): boolean {
  if (item.id !== message.id || item.from !== message.from) return false;
  if (item.body !== bodyText(message) || item.to !== message.to) {
    throw new IdReused(`the id ${message.id} was used for another message`);
  }
  return true;
}

function bodyText({ body }: NewMessage): string {
  return JSON.stringify(body);
}

function pauseAfter(rounds: number): number {
  return Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** (rounds - 1), LONGEST_PAUSE_MS);
}

/** When the put of a row began, epoch ms. */
function startOf({ token }: MessageItem): number {
  return parseInt(token, 36);
}

function random(): string {
  return randomBytes(6).toString("hex");
}
