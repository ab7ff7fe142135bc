import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createHandler } from "../../functions/deliver";
import { rangesAfter } from "../../functions/domain/fanout";
import type { FanoutJob } from "../../functions/domain/fanoutQueue";
import { subscriberKey } from "../../functions/domain/subscriptions";
import { createHandler as createSend } from "../../functions/send";
import { GONE } from "./support/connectionsStub";
import { contextWith, frameOf, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { startStack, type Stack } from "./support/stack";

const SUBSCRIBERS = 1200;

describe("the fan-out", function () {
  this.timeout(20_000);
  const logs = captureLogs();
  let stack: Stack;
  let send: ReturnType<typeof createSend>;
  let deliver: ReturnType<typeof createHandler>;

  const connectionOf = (i: number) => `big-${i}`;

  before(async () => {
    stack = await startStack();
    send = createSend(stack.settings);
    deliver = createHandler(stack.settings);
    const expires = Math.floor(Date.now() / 1000) + 600;
    const all = Array.from({ length: SUBSCRIBERS }, (_, i) => ({
      channel: "room:big",
      username: `user${i}`,
      sessionKey: "desk",
      connectionId: connectionOf(i),
      expires,
    }));
    for (let i = 0; i < all.length; i += 50) {
      await Promise.all(all.slice(i, i + 50).map((row) => stack.subscriptions.put(row)));
    }
  });
  beforeEach(() => {
    stack.connections.reset();
    stack.queue.reset();
  });
  after(() => stack.close());

  function publish(body: unknown, connectionId = "sender") {
    const event = webSocketEvent(connectionId, {
      body: JSON.stringify({ id: "f", channel: "room:big", body }),
      requestContext: { authorizer: signedIn("alice") },
    });
    return send(event, contextWith());
  }

  function work(jobs: (FanoutJob | string)[], remainingMs?: number) {
    const Records = jobs.map((job, i) => ({
      messageId: `m${i}`,
      body: typeof job === "string" ? job : JSON.stringify(job),
    }));
    return deliver({ Records } as never, contextWith(remainingMs));
  }

  /** How many frames each subscriber got. */
  function counts(): number[] {
    return Array.from(
      { length: SUBSCRIBERS },
      (_, i) => stack.connections.frames(connectionOf(i)).length,
    );
  }

  const total = () => counts().reduce((sum, n) => sum + n);

  it("posts to the first 500 and leaves the others to workers: everyone gets it once", async () => {
    const ack = frameOf(await publish("to all"));
    assert.equal(ack.type, "ack");
    assert.equal(total(), 500);
    const jobs = stack.queue.take();
    assert.ok(jobs.length >= 1);
    assert.deepEqual(await work(jobs), { batchItemFailures: [] });
    assert.deepEqual(new Set(counts()), new Set([1]));
    assert.ok(stack.connections.peak() <= 64);
    const frames = new Set(
      Array.from({ length: SUBSCRIBERS }, (_, i) =>
        JSON.stringify(stack.connections.frames(connectionOf(i))),
      ),
    );
    assert.equal(frames.size, 1);
  });

  it("leaves out the sending connection, whichever range it is in", async () => {
    for (const i of [0, 1, 2]) {
      stack.connections.reset();
      await publish("to others", connectionOf(i));
      await work(stack.queue.take());
      const got = counts();
      assert.equal(got[i], 0);
      assert.equal(total(), SUBSCRIBERS - 1);
    }
  });

  it("a worker near its deadline hands on exactly what it has not begun", async () => {
    const job = { channel: "room:big", from: "", to: "", data: '{"n":1}' };
    let rounds = 0;
    for (let jobs: FanoutJob[] = [job]; jobs.length > 0; jobs = stack.queue.take()) {
      assert.equal(jobs.length, 1);
      // 60% of half of it: 180 ms.
      assert.deepEqual(await work(jobs, 600), { batchItemFailures: [] });
      rounds++;
    }
    assert.ok(rounds > 1);
    assert.deepEqual(new Set(counts()), new Set([1]));
  });

  it("a worker whose time is over before its next job hands that on whole", async () => {
    const job = { channel: "room:big", from: "8000", to: "9000", data: "{}" };
    await work([job], 0);
    assert.deepEqual(stack.queue.take(), [job]);
    assert.equal(total(), 0);
  });

  it("only the jobs that failed come again", async () => {
    const range = { channel: "room:big", from: "", to: "1000", data: "{}" };
    const { batchItemFailures } = await work([range, "{", '{"channel":"room:big"}', range]);
    assert.deepEqual(batchItemFailures, [{ itemIdentifier: "m1" }, { itemIdentifier: "m2" }]);
    const broken = createHandler({ ...stack.settings, subscriptionsTable: "no-such-table" });
    const Records = [{ messageId: "m", body: JSON.stringify(range) }];
    const result = await broken({ Records } as never, contextWith());
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: "m" }] });
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });

  it("connections that are gone lose their sessions and subscriptions; others are tried again", async () => {
    await stack.session("user3", connectionOf(3), { sessionKey: "desk" });
    stack.connections.script(connectionOf(3), GONE);
    stack.connections.script(connectionOf(4), { status: 429 }, { status: 504 }, { status: 200 });
    const job = { channel: "room:big", from: "", to: "", data: "{}" };
    assert.deepEqual(await work([job]), { batchItemFailures: [] });
    assert.equal(await stack.sessions.get("user3", "desk"), undefined);
    assert.equal(total(), SUBSCRIBERS - 1);
    const [leave] = stack.queue.take();
    const { at, ...event } = JSON.parse(leave?.data ?? "");
    assert.equal(new Date(at).toISOString(), at);
    const expected = { type: "presence", channel: "room:big", event: "leave", user: "user3" };
    assert.deepEqual(event, expected);
    stack.connections.reset();
    await work([job]);
    assert.equal(stack.connections.calls(connectionOf(3)), 0);
  });

  it("fails, so that the message is sent again, where the queue does not take the ranges", async () => {
    stack.queue.refuse(100, true);
    const error = frameOf(await publish("lost"));
    assert.equal(error.code, "unavailable");
    assert.equal(logs.at(-1)?.message, "the frame failed");
  });

  it("sends again what the queue refused for its own fault", async () => {
    stack.queue.refuse(1);
    assert.equal(frameOf(await publish("late")).type, "ack");
    assert.equal(stack.queue.calls.length, 2);
  });

  it("the queue gets ten jobs a call, fewer of large ones, in characters that it takes", async () => {
    const { createFanoutQueue } = await import("../../functions/domain/fanoutQueue.js");
    const queue = createFanoutQueue(stack.queue.url);
    const job = (data: string): FanoutJob => ({ channel: "room:x", from: "", to: "", data });
    const small = Array.from({ length: 25 }, (_, i) => job(String(i)));
    await queue.send(small);
    assert.deepEqual(stack.queue.calls, [10, 10, 5]);
    assert.deepEqual(stack.queue.take(), small);
    stack.queue.reset();
    await queue.send(Array.from({ length: 3 }, () => job("x".repeat(100_000))));
    assert.deepEqual(stack.queue.calls, [2, 1]);
    stack.queue.reset();
    await queue.send([job("a\ufffe\uffffb")]);
    assert.ok(!/[\ufffe\uffff]/.test(stack.queue.bodies.join()));
    assert.deepEqual(stack.queue.take(), [job("a\ufffe\uffffb")]);
    await queue.send([]);
    assert.equal(stack.queue.calls.length, 1);
  });

  it("parts what remains into ranges of about a thousand, without gap or overlap", () => {
    for (const [reached, count] of [
      ["0147", 100],
      ["8000", 1],
      ["ffff", 1],
      ["0000", 1000],
    ] as const) {
      const key = `${reached} user connection`;
      const ranges = rangesAfter(key);
      assert.ok(Math.abs(ranges.length - count) <= 1, `${ranges.length} ranges after ${reached}`);
      assert.equal(ranges[0]?.from, key);
      assert.equal(ranges.at(-1)?.to, "");
      ranges.slice(1).forEach(({ from }, i) => {
        assert.equal(from, ranges[i]?.to);
        assert.ok(from > (ranges[i]?.from ?? "") && /^[0-9a-f]{4}$/.test(from));
      });
    }
    assert.ok(subscriberKey({ username: "a", connectionId: "c" }).endsWith(" a c"));
  });

  it("nothing goes on behind the answer", async () => {
    await publish("calm");
    const before = total();
    await sleep(20);
    assert.equal(total(), before);
  });
});
