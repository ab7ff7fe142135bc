import assert from "node:assert/strict";
import {
  LogContended,
  type MessageLog,
  type NewMessage,
  type StoredMessage,
} from "../../functions/domain/messageLog";
import { createRandom, randomFaults, startFaultyStore } from "./support/faultyStore";
import { startMessagesTable, type MessagesTable } from "./support/messagesTable";

const WRITERS = 50;
const MESSAGES = 2000;
const retention = { seconds: 3600 };

/** Longer than the slowest machine takes: each writer may have to wait for all the others. */
const TIMEOUT_MS = 120_000;

const message = (id: string): NewMessage => ({ id, from: "ann", sentAt: 1000, body: { text: id } });

describe("many writers of one log", function () {
  this.timeout(TIMEOUT_MS);

  let table: MessagesTable;

  before(async () => {
    table = await startMessagesTable();
  });
  after(() => table.close());

  /** Has all messages written, each by the function that comes to it first. */
  async function writeAll(
    endpoint: string,
    writers: number,
    count: number,
    write: (log: MessageLog, message: NewMessage) => Promise<StoredMessage>,
  ): Promise<StoredMessage[]> {
    const queue = Array.from({ length: count }, (_, i) => message(`m${i}`)).values();
    const acknowledged: StoredMessage[] = [];
    const work = async () => {
      const log = table.createLog({ endpoint });
      for (const next of queue) acknowledged.push(await write(log, next));
    };
    await Promise.all(Array.from({ length: writers }, work));
    return acknowledged;
  }

  /** Each message is stored once, where it was acknowledged, in one epoch, without a gap. */
  async function check(
    channel: string,
    count: number,
    acknowledged: StoredMessage[],
  ): Promise<void> {
    const rows = await table.rows(channel);
    assert.deepEqual(
      rows.map((row) => row.offset),
      Array.from({ length: count }, (_, i) => i + 1),
    );
    assert.equal(new Set(rows.map((row) => row.id)).size, count);
    assert.equal(new Set(rows.map((row) => row.epoch)).size, 1);
    const offsets = new Map(rows.map((row) => [row.id, row.offset]));
    for (const { id, offset } of acknowledged) assert.equal(offset, offsets.get(id));
  }

  it("get offsets without gaps, each message once", async () => {
    const acknowledged = await writeAll(table.endpoint, WRITERS, MESSAGES, async (log, next) => {
      for (;;) {
        const stored = await log.append("room:calm", next, retention).catch(isContention);
        if (stored) return stored;
      }
    });
    await check("room:calm", MESSAGES, acknowledged);
  });

  it("also while the store fails at random and messages are sent again", async () => {
    const channel = "room:rough";
    const store = await startFaultyStore(table.endpoint, randomFaults(4, 0.01));
    const random = createRandom(5);
    let resent = 0;
    const acknowledged = await writeAll(store.endpoint, WRITERS, MESSAGES, async (log, next) => {
      let stored = await log.append(channel, next, retention).catch(isFailure);
      // A client resends what was not acknowledged, and now and then what was.
      while (!stored || random() < 0.01) {
        resent++;
        const again = await log.appendOnce(channel, next, retention).catch(isFailure);
        if (stored && again) assert.equal(again.message.offset, stored.offset);
        stored ??= again?.message;
      }
      return stored;
    });
    await store.close();
    assert.ok(resent > 0);
    await check(channel, MESSAGES, acknowledged);
  });

  it("also where each message comes twice at the same time", async () => {
    const channel = "room:twice";
    const others = Array.from({ length: 10 }, () => table.createLog());
    let turn = 0;
    const acknowledged = await writeAll(table.endpoint, 10, 100, async (log, next) => {
      const other = others[turn++ % 10]!;
      const [first, again] = await Promise.all([
        log.append(channel, next, retention),
        other.appendOnce(channel, next, retention),
      ]);
      assert.equal(again.message.offset, first.offset);
      return first;
    });
    await check(channel, 100, acknowledged);
  });
});

function isContention(error: Error): undefined {
  if (!(error instanceof LogContended)) throw error;
}

/** What a client hears of as "unavailable". */
function isFailure(error: Error): undefined {
  if (!("$metadata" in error || "code" in error)) return isContention(error);
}
