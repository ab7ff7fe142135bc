import assert from "node:assert/strict";
import type { MessageItem } from "../../functions/domain/messageItems";
import { IdReused, InvalidPosition, type NewMessage } from "../../functions/domain/messageLog";
import { startFaultyStore, type Fault } from "./support/faultyStore";
import { startMessagesTable, type MessagesTable } from "./support/messagesTable";

const HOUR = 3600;
const retention = { seconds: HOUR };
const MUCH = 1_000_000;

const message = (id: string, values: Partial<NewMessage> = {}): NewMessage => ({
  id,
  from: "ann",
  sentAt: 1000,
  body: { text: id },
  ...values,
});

const offsets = (page: { messages: { offset: number }[] }) => page.messages.map((m) => m.offset);

/** The answer of a store that does not tell which item is in the way. */
const silent = (answer: string) => answer.replace('"Item":', '"Nothing":');

describe("the log of a channel", () => {
  let table: MessagesTable;
  let channels = 0;
  let channel: string;

  before(async () => {
    table = await startMessagesTable();
  });
  beforeEach(() => {
    channel = `room:${++channels}`;
  });
  after(() => table.close());

  /** A clock that is set by hand, and is not behind the store's own. */
  function createClock() {
    let at = Date.now();
    return { now: () => at, pass: (seconds: number) => void (at += seconds * 1000) };
  }

  /** A log on a clock, with so many messages. */
  async function filled(count: number, kept = retention) {
    const clock = createClock();
    const log = table.createLog({ now: clock.now });
    for (let i = 1; i <= count; i++) await log.append(channel, message(`m${i}`), kept);
    const { epoch } = await log.tail(channel, kept);
    return { clock, log, epoch };
  }

  describe("append", () => {
    it("gives offsets from 1, and keeps the message as it came", async () => {
      const log = table.createLog();
      const body = { text: "hé\u0000", list: [1, null, { deep: true }] };
      const first = await log.append(channel, message("a", { to: "user:bob", body }), retention);
      const second = await log.append(channel, message("b", { body: null }), retention);
      assert.deepEqual([first.offset, second.offset], [1, 2]);
      assert.equal(first.epoch, second.epoch);
      const { messages } = await log.read(channel, retention, { after: 0, maxBytes: MUCH });
      assert.deepEqual(messages, [first, second]);
      assert.deepEqual(first.body, body);
      assert.equal(first.to, "user:bob");
      assert.ok(!("to" in messages[1]!));
      assert.deepEqual(Object.keys(first).sort(), [
        ...["body", "channel", "epoch", "expires", "from", "id", "offset", "sentAt", "to"],
      ]);
    });

    it("is one request where the log's end is remembered, and two where it is not", async () => {
      const store = await startFaultyStore(table.endpoint);
      const log = table.createLog({ endpoint: store.endpoint });
      await log.append(channel, message("a"), retention);
      assert.deepEqual(store.operations.splice(0), ["Query", "PutItem"]);
      await log.append(channel, message("b"), retention);
      assert.deepEqual(store.operations.splice(0), ["PutItem"]);
      const other = table.createLog({ endpoint: store.endpoint });
      await other.append(channel, message("c"), retention);
      assert.deepEqual(store.operations.splice(0), ["Query", "PutItem"]);
      // One more for the message that it did not know of.
      await log.append(channel, message("d"), retention);
      assert.deepEqual(store.operations.splice(0), ["PutItem", "PutItem"]);
      await store.close();
    });

    it("looks the end up again near the time when its message expires", async () => {
      const store = await startFaultyStore(table.endpoint);
      const clock = createClock();
      const log = table.createLog({ endpoint: store.endpoint, now: clock.now });
      const { epoch } = await log.append(channel, message("a"), retention);
      clock.pass(HOUR - 50);
      store.operations.length = 0;
      const second = await log.append(channel, message("b"), retention);
      assert.deepEqual(store.operations, ["Query", "PutItem"]);
      assert.deepEqual([second.epoch, second.offset], [epoch, 2]);
      await store.close();
    });

    it("remembers the ends of the channels that were used last", async () => {
      const store = await startFaultyStore(table.endpoint);
      const log = table.createLog({ endpoint: store.endpoint, maxTails: 2 });
      const write = async (name: string) => {
        store.operations.length = 0;
        await log.append(`${channel}-${name}`, message("m"), retention);
        return store.operations.includes("Query");
      };
      const looked: boolean[] = [];
      for (const name of ["a", "b", "a", "c", "a", "b"]) looked.push(await write(name));
      assert.deepEqual(looked, [true, true, false, true, false, true]);
      await store.close();
    });

    it("goes on after many messages that it does not know of, in few requests", async () => {
      const store = await startFaultyStore(table.endpoint);
      const log = table.createLog({ endpoint: store.endpoint });
      await log.append(channel, message("a"), retention);
      const other = table.createLog();
      for (let i = 0; i < 20; i++) await other.append(channel, message(`m${i}`), retention);
      store.operations.length = 0;
      assert.equal((await log.append(channel, message("z"), retention)).offset, 22);
      assert.ok(store.operations.length <= 5, String(store.operations));
      await store.close();
    });

    it("of two writers that begin a log at once makes one epoch", async () => {
      for (let round = 0; round < 10; round++) {
        const name = `${channel}-${round}`;
        const logs = [table.createLog(), table.createLog()];
        const stored = await Promise.all(
          logs.map((log, i) => log.append(name, message(`m${i}`), retention)),
        );
        assert.equal(stored[0]!.epoch, stored[1]!.epoch);
        assert.deepEqual(stored.map((m) => m.offset).sort(), [1, 2]);
      }
    });

    it("works with a store that does not tell which item is in the way", async () => {
      const store = await startFaultyStore(table.endpoint, undefined, silent);
      const logs = [1, 2].map(() => table.createLog({ endpoint: store.endpoint }));
      for (let i = 0; i < 6; i++) {
        await logs[i % 2]!.append(channel, message(`m${i}`), retention);
      }
      assert.deepEqual(
        (await table.rows(channel)).map((row) => [row.offset, row.id]),
        [0, 1, 2, 3, 4, 5].map((i) => [i + 1, `m${i}`]),
      );
      await store.close();
    });

    for (const fault of ["answered wrongly", "cut"] as const) {
      for (const isSilent of [false, true]) {
        const store = isSilent ? "a store that does not tell what is in the way" : "a store";
        it(`stores once what ${store} did without an answer (${fault})`, async () => {
          const faults: (Fault | undefined)[] = [];
          const change = isSilent ? silent : undefined;
          const faulty = await startFaultyStore(table.endpoint, () => faults.shift(), change);
          const log = table.createLog({ endpoint: faulty.endpoint });
          await log.append(channel, message("a"), retention);
          faults.push(fault);
          const second = await log.append(channel, message("b"), retention);
          const third = await log.append(channel, message("c"), retention);
          assert.deepEqual([second.offset, third.offset], [2, 3]);
          assert.equal((await table.rows(channel)).length, 3);
          await faulty.close();
        });
      }
    }

    it("fails when the store does", async () => {
      const store = await startFaultyStore(table.endpoint, () => "refused");
      const log = table.createLog({ endpoint: store.endpoint });
      await assert.rejects(log.append(channel, message("a"), retention), {
        name: "InternalServerError",
      });
      await store.close();
    });
  });

  describe("appendOnce", () => {
    it("stores a message that is not there, and returns the one that is", async () => {
      const log = table.createLog();
      const first = await log.appendOnce(channel, message("a"), retention);
      assert.deepEqual([first.message.offset, first.repeated], [1, false]);
      for (let i = 0; i < 20; i++) await log.append(channel, message(`m${i}`), retention);
      const again = await table.createLog().appendOnce(channel, message("a"), retention);
      assert.deepEqual(again, { message: first.message, repeated: true });
      assert.equal((await table.rows(channel)).length, 21);
    });

    it("refuses an id with another body or recipient; other senders have ids of their own", async () => {
      const log = table.createLog();
      await log.append(channel, message("a"), retention);
      const again = (values: Partial<NewMessage>) =>
        log.appendOnce(channel, message("a", values), retention);
      await assert.rejects(again({ body: "other" }), IdReused);
      await assert.rejects(again({ to: "user:bob" }), IdReused);
      assert.equal((await table.rows(channel)).length, 1);
      assert.equal((await again({ from: "bob", body: "other" })).repeated, false);
    });

    it("finds what a function stored whose answer was lost for good", async () => {
      const faults: Fault[] = ["answered wrongly", "refused", "refused", "refused", "refused"];
      const store = await startFaultyStore(table.endpoint, (operation) =>
        operation === "PutItem" ? faults.shift() : undefined,
      );
      const log = table.createLog({ endpoint: store.endpoint });
      await assert.rejects(log.append(channel, message("a"), retention));
      const again = await table.createLog().appendOnce(channel, message("a"), retention);
      assert.deepEqual([again.message.offset, again.repeated], [1, true]);
      await store.close();
    });

    for (const operation of ["Query", "PutItem"]) {
      it(`is met by a first try that is held up in its first ${operation}`, async () => {
        let release = () => {};
        let hold = Promise.resolve(undefined);
        const store = await startFaultyStore(table.endpoint, (name) =>
          name === operation ? hold : undefined,
        );
        const slow = table.createLog({ endpoint: store.endpoint });
        if (operation === "PutItem") await slow.append(channel, message("a"), retention);
        hold = new Promise((resolve) => (release = () => resolve(undefined)));
        const late = slow.append(channel, message("b"), retention);
        // Meanwhile others write, and the client sends the message again.
        const other = table.createLog();
        const write = async (prefix: string) => {
          for (let i = 0; i < 10; i++) {
            await other.append(channel, message(`${prefix}${i}`), retention);
          }
        };
        await write("m");
        const again = await other.appendOnce(channel, message("b"), retention);
        await write("n");
        release();
        assert.equal((await late).offset, again.message.offset);
        assert.equal((await table.rows(channel)).filter(({ id }) => id === "b").length, 1);
        await store.close();
      });
    }

    it("is met by a first try that comes late to the same place", async () => {
      const [first, second] = [table.createLog(), table.createLog()];
      await first.append(channel, message("a"), retention);
      await second.append(channel, message("b"), retention);
      // The first function still takes the place of b for free.
      const again = await first.append(channel, message("b"), retention);
      assert.equal(again.offset, 2);
      assert.equal((await table.rows(channel)).length, 2);
    });

    it("does not take what it stored itself for an earlier message", async () => {
      const faults: Fault[] = ["cut"];
      const store = await startFaultyStore(table.endpoint, (operation) =>
        operation === "PutItem" ? faults.shift() : undefined,
      );
      const log = table.createLog({ endpoint: store.endpoint });
      const stored = await log.appendOnce(channel, message("a"), retention);
      assert.deepEqual([stored.message.offset, stored.repeated], [1, false]);
      await store.close();
    });

    it("may store again what has expired", async () => {
      const { clock, log } = await filled(1);
      clock.pass(HOUR + 1);
      const again = await log.appendOnce(channel, message("m1"), retention);
      assert.deepEqual([again.message.offset, again.repeated], [1, false]);
    });
  });

  describe("epochs", () => {
    it("a log whose newest message has expired begins anew, and old rows do not show", async () => {
      const { clock, log, epoch } = await filled(3);
      clock.pass(HOUR + 1);
      const empty = await log.tail(channel, retention);
      assert.match(empty.epoch, /^empty-\d+$/);
      assert.equal(empty.offset, 0);
      const stored = await log.append(channel, message("n1"), retention);
      assert.equal(stored.offset, 1);
      assert.notEqual(stored.epoch, epoch);
      for (const query of [{ after: 0 }, { before: 5 }, {}]) {
        const page = await log.read(channel, retention, { ...query, maxBytes: MUCH });
        assert.deepEqual([page.epoch, page.offset, page.more], [stored.epoch, 1, false]);
        assert.deepEqual(page.messages, [stored]);
      }
      assert.deepEqual(
        (await table.rows(channel)).map((row) => [row.position, row.offset]),
        [1, 2, 3, 4].map((n) => [n, n === 4 ? 1 : n]),
      );
    });

    it("a remembered tail is trusted only while its message cannot have expired", async () => {
      const { clock, log } = await filled(3);
      clock.pass(HOUR + 1);
      // Another function went on, and the store has removed what had expired, that function's rows as well.
      const other = table.createLog({ now: clock.now });
      const begun = await other.append(channel, message("n1"), retention);
      for (const row of (await table.rows(channel)).slice(0, 3)) await table.delete(row);
      const next = await log.append(channel, message("n2"), retention);
      assert.deepEqual([next.epoch, next.offset], [begun.epoch, 2]);
    });

    it("rows that are deleted in any order free no offset of an epoch", async () => {
      for (const kept of [[1, 2, 3, 4], [1, 4], [2, 3], [1], [3], []]) {
        const name = channel;
        channel = `${name}-${kept.join("")}`;
        const { clock, log, epoch } = await filled(4);
        clock.pass(HOUR + 1);
        for (const row of await table.rows(channel)) {
          if (!kept.includes(row.position)) await table.delete(row);
        }
        for (const writer of [log, table.createLog({ now: clock.now })]) {
          const stored = await writer.append(channel, message("n"), retention);
          assert.notEqual(stored.epoch, epoch);
        }
        const page = await log.read(channel, retention, { after: 0, maxBytes: MUCH });
        assert.deepEqual(offsets(page), [1, 2].slice(0, page.offset));
        channel = name;
      }
    });

    it("a shorter retention does not let a message expire before earlier ones", async () => {
      const { clock, log, epoch } = await filled(1);
      const short = { seconds: 100 };
      const second = await log.append(channel, message("m2"), short);
      clock.pass(101);
      const third = await table.createLog({ now: clock.now }).append(channel, message("m3"), short);
      assert.deepEqual([second.epoch, third.epoch], [epoch, epoch]);
      assert.deepEqual([second.offset, third.offset], [2, 3]);
      assert.deepEqual((await log.recover(channel, short, { epoch, offset: 1 }, MUCH)).messages, [
        second,
        third,
      ]);
    });

    it("a clock that is behind does no harm", async () => {
      const { log, epoch } = await filled(2);
      const behind = table.createLog({ now: () => Date.now() - 20_000 });
      const stored = await behind.append(channel, message("m3"), retention);
      assert.deepEqual([stored.epoch, stored.offset], [epoch, 3]);
      const { messages } = await log.read(channel, retention, { after: 0, maxBytes: MUCH });
      const times = messages.map((m) => m.expires);
      assert.deepEqual(times, [...times].sort());
    });
  });

  describe("read", () => {
    it("pages forward and back, in the order of offsets", async () => {
      const { log, epoch } = await filled(10);
      const read = (query: object) => log.read(channel, retention, { maxBytes: MUCH, ...query });
      const cases: [object, number[], boolean][] = [
        [{ after: 0, limit: 4 }, [1, 2, 3, 4], true],
        [{ after: 4, limit: 4 }, [5, 6, 7, 8], true],
        [{ after: 6, limit: 4 }, [7, 8, 9, 10], false],
        [{ after: 8, limit: 4 }, [9, 10], false],
        [{ after: 10 }, [], false],
        [{ after: 1000 }, [], false],
        [{ limit: 4 }, [7, 8, 9, 10], true],
        [{ before: 1000, limit: 4 }, [7, 8, 9, 10], true],
        [{ before: 7, limit: 4 }, [3, 4, 5, 6], true],
        [{ before: 5, limit: 4 }, [1, 2, 3, 4], false],
        [{ before: 1 }, [], false],
        [{ before: 0 }, [], false],
        [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
      ];
      for (const [query, expected, more] of cases) {
        const page = await read(query);
        assert.deepEqual(offsets(page), expected, JSON.stringify(query));
        assert.equal(page.more, more, JSON.stringify(query));
        assert.deepEqual([page.epoch, page.offset], [epoch, 10]);
      }
      for (const query of [{ after: -1 }, { before: 1.5 }, { after: 1, before: 3 }, { limit: 0 }]) {
        await assert.rejects(read(query), RangeError);
      }
    });

    it("keeps pages under a number of bytes, but for one message that is larger", async () => {
      const log = table.createLog();
      const sizes = [10, 900, 10, 5000, 10, 10, 400, 400, 400, 10];
      for (const [i, size] of sizes.entries()) {
        await log.append(channel, message(`m${i}`, { body: "ü".repeat(size / 2) }), retention);
      }
      const maxBytes = 2000;
      for (const direction of ["after", "before"] as const) {
        const seen: number[] = [];
        let from = direction === "after" ? 0 : 11;
        for (let more = true; more;) {
          const page = await log.read(channel, retention, { [direction]: from, maxBytes });
          const bytes = Buffer.byteLength(JSON.stringify(page.messages));
          assert.ok(bytes <= maxBytes || page.messages.length === 1);
          const found = offsets(page);
          assert.ok(found.length > 0);
          if (direction === "after") seen.push(...found);
          else seen.unshift(...found);
          from = direction === "after" ? found.at(-1)! : found[0]!;
          more = page.more;
        }
        assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
    });

    it("shows no more messages than the retention counts", async () => {
      const { log } = await filled(10);
      const counted = { seconds: HOUR, count: 3 };
      const forward = await log.read(channel, counted, { after: 0, maxBytes: MUCH });
      assert.deepEqual([offsets(forward), forward.more], [[8, 9, 10], false]);
      const back = await log.read(channel, counted, { before: 10, maxBytes: MUCH });
      assert.deepEqual([offsets(back), back.more], [[8, 9], false]);
    });

    it("finds the first live message behind any number of expired ones, with gaps among them", async () => {
      const { clock, log, epoch } = await filled(120);
      clock.pass(HOUR - 10);
      for (let i = 121; i <= 125; i++) await log.append(channel, message(`m${i}`), retention);
      clock.pass(20);
      for (const row of await table.rows(channel)) {
        if ([1, 2, 15, 16, 17, 120].includes(row.offset)) await table.delete(row);
      }
      const store = await startFaultyStore(table.endpoint);
      const reader = table.createLog({ endpoint: store.endpoint, now: clock.now });
      for (const query of [{ after: 0 }, { after: 3 }, { after: 119 }, { before: 200 }]) {
        store.operations.length = 0;
        // A page of few bytes, so that there are several queries.
        const page = await reader.read(channel, retention, { ...query, maxBytes: 1300 });
        assert.deepEqual(offsets(page), [121, 122, 123, 124, 125]);
        assert.deepEqual([page.epoch, page.offset, page.more], [epoch, 125, false]);
        // The tail, the first try, seven halvings of what is left, and the page: not one a few rows.
        assert.ok(store.operations.length <= 10, String(store.operations.length));
      }
      store.operations.length = 0;
      const lost = await reader.recover(channel, retention, { epoch, offset: 5 }, 1300);
      assert.equal(lost.recovered, false);
      assert.equal(store.operations.length, 2);
      await store.close();
    });
  });

  describe("recover", () => {
    it("returns exactly what was missed, in pages", async () => {
      const { log, epoch } = await filled(10);
      const recover = (offset: number, maxBytes = MUCH) =>
        log.recover(channel, retention, { epoch, offset }, maxBytes);
      for (const offset of [0, 4, 9, 10]) {
        const page = await recover(offset);
        assert.equal(page.recovered, true);
        assert.deepEqual([page.epoch, page.offset, page.more], [epoch, 10, false]);
        assert.deepEqual(offsets(page), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(offset));
      }
      const first = await recover(2, 700);
      assert.deepEqual([first.recovered, first.more, first.offset], [true, true, 10]);
      const rest = await recover(offsets(first).at(-1)!);
      assert.deepEqual([...offsets(first), ...offsets(rest)], [3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it("tells when the log has moved on: another epoch, time, count", async () => {
      const { clock, log, epoch } = await filled(10);
      const at = async (position: object, kept: object = retention) => {
        const merged = { epoch, offset: 4, ...position };
        const page = await log.recover(channel, { ...retention, ...kept }, merged, MUCH);
        if (!page.recovered) assert.deepEqual([page.messages, page.more], [[], false]);
        return page.recovered;
      };
      assert.equal(await at({}), true);
      assert.equal(await at({ epoch: "abc-def" }), false);
      assert.equal(await at({ offset: 11 }), false);
      assert.equal(await at({}, { count: 6 }), true);
      assert.equal(await at({}, { count: 5 }), false);
      assert.equal(await at({ offset: 10 }, { count: 1 }), true);

      clock.pass(HOUR - 10);
      await log.append(channel, message("m11"), retention);
      clock.pass(20);
      assert.equal(await at({ offset: 9 }), false);
      assert.equal(await at({ offset: 10 }), true);
      assert.equal(await at({ offset: 11 }), true);
      for (const row of (await table.rows(channel)).slice(0, 10)) await table.delete(row);
      assert.equal(await at({ offset: 9 }), false);
      assert.equal(await at({ offset: 10 }), true);

      clock.pass(HOUR);
      assert.equal(await at({ offset: 11 }), false, "what came after may be gone as well");
      const stored = await log.append(channel, message("n1"), retention);
      assert.equal(await at({ offset: 11 }), false);
      assert.equal(await at({ epoch: stored.epoch, offset: 0 }), true);
    });

    it("recovers from the position of an empty log, for as long as the retention", async () => {
      const { clock, log } = await filled(0);
      const empty = await log.tail(channel, retention);
      const recover = (kept = retention) => log.recover(channel, kept, empty, MUCH);
      assert.deepEqual(await recover(), { ...empty, messages: [], more: false, recovered: true });
      clock.pass(1000);
      assert.equal((await recover()).recovered, true);
      await log.append(channel, message("m1"), retention);
      await log.append(channel, message("m2"), retention);
      assert.deepEqual(offsets(await recover()), [1, 2]);
      assert.equal((await recover({ seconds: HOUR, count: 1 } as never)).recovered, false);
      clock.pass(HOUR - 1000);
      assert.equal((await recover()).recovered, false);
    });

    it("an empty log has lost what a position of an earlier one had not seen", async () => {
      const { clock, log, epoch } = await filled(2);
      clock.pass(HOUR + 1);
      const page = await log.recover(channel, retention, { epoch, offset: 1 }, MUCH);
      assert.deepEqual([page.recovered, page.offset, page.messages], [false, 0, []]);
      assert.match(page.epoch, /^empty-/);
    });

    it("refuses positions that no log has", async () => {
      const { log, epoch } = await filled(1);
      const positions: unknown[] = [
        ...[-1, 0.5, NaN, Infinity, 2 ** 53, "1", undefined, null].map((offset) => ({
          epoch,
          offset,
        })),
        ...["", "empty-", "empty-x", "-", "a b-c", "a".repeat(100), 7, undefined, null].map(
          (text) => ({ epoch: text, offset: 0 }),
        ),
        { epoch: "empty-1", offset: 1 },
      ];
      for (const position of positions) {
        await assert.rejects(
          log.recover(channel, retention, position as never, MUCH),
          InvalidPosition,
          JSON.stringify(position),
        );
      }
    });
  });

  it("rows tell everything that the table is said to hold", async () => {
    const at = Date.now();
    const log = table.createLog({ now: () => at });
    await log.append(channel, message("a", { to: "user:bob" }), retention);
    const [row] = await table.rows(channel);
    const { token, epoch, ...rest } = row!;
    assert.match(token, /^[0-9a-z]+-[0-9a-f]{12}$/);
    assert.match(epoch, /^[0-9a-z]+-[0-9a-f]{12}$/);
    const expected: Omit<MessageItem, "token" | "epoch"> = {
      channel,
      position: 1,
      offset: 1,
      id: "a",
      from: "ann",
      to: "user:bob",
      sentAt: 1000,
      body: '{"text":"a"}',
      expires: Math.ceil(at / 1000) + HOUR,
    };
    assert.deepEqual(rest, expected);
  });
});
