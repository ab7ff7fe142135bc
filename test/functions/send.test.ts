import assert from "node:assert/strict";
import { createHandler } from "../../functions/send";
import { GONE } from "./support/connectionsStub";
import { contextWith, frameOf, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { startStack, type Stack } from "./support/stack";

describe("send, to a user", () => {
  const logs = captureLogs();
  let stack: Stack;
  let handle: ReturnType<typeof createHandler>;

  before(async () => {
    stack = await startStack();
    handle = createHandler(stack.settings);
  });
  beforeEach(() => stack.connections.reset());
  after(() => stack.close());

  async function send(frame: object | string, remainingMs?: number, authorizer?: object) {
    const event = webSocketEvent("sender", {
      body: typeof frame === "string" ? frame : JSON.stringify(frame),
      requestContext: { routeKey: "send", authorizer: { ...signedIn("alice"), ...authorizer } },
    });
    return frameOf(await handle(event, contextWith(remainingMs)));
  }

  /** The bodies of the messages in a user's inbox. */
  async function inbox(username: string): Promise<unknown[]> {
    const query = { maxBytes: 1e6 };
    const { messages } = await stack.messages.read(`user:${username}`, { seconds: 3600 }, query);
    return messages.map(({ body }) => body);
  }

  /** What was logged of the delivery to a user. */
  function tally(recipient: string) {
    const line = logs.find((l) => l.message === "delivered" && l.recipient === recipient);
    return {
      delivered: line?.delivered,
      gone: line?.gone,
      expired: line?.expired,
      failed: line?.failed,
    };
  }

  it("reaches every live session of the user and every other of the sender, and both inboxes", async () => {
    await stack.session("bob", "bob-1");
    await stack.session("bob", "bob-2");
    await stack.session("alice", "sender");
    await stack.session("alice", "phone");
    const body = { text: "hello", list: [1, null] };
    const { epoch, ...ack } = await send({ action: "send", id: "m1", channel: "user:bob", body });
    assert.deepEqual(ack, {
      type: "ack",
      id: "m1",
      channel: "user:alice",
      to: "user:bob",
      offset: 1,
    });
    const message = { type: "message", offset: 1, id: "m1", from: "alice", body };
    for (const connection of ["bob-1", "bob-2", "phone"]) {
      const frames = stack.connections.frames(connection) as { sentAt: string; epoch: string }[];
      assert.equal(frames.length, 1);
      const { sentAt, epoch: place, ...rest } = frames[0]!;
      assert.equal(new Date(sentAt).toISOString(), sentAt);
      const copy = { ...message, channel: "user:alice", to: "user:bob" };
      const isCopy = connection === "phone";
      assert.deepEqual(rest, isCopy ? copy : { ...message, channel: "user:bob" });
      assert.equal(place === epoch, isCopy);
    }
    assert.deepEqual(stack.connections.frames("sender"), []);
    assert.deepEqual(await inbox("bob"), [body]);
    assert.deepEqual(await inbox("alice"), [body]);
    assert.ok(!JSON.stringify(logs).includes("hello"));
    await stack.sessions.remove({
      username: "alice",
      sessionKey: "phone",
      connectionId: "phone",
    });
  });

  it("to oneself is stored once, and reaches the other sessions once", async () => {
    await stack.session("sue", "sue-1");
    await stack.session("sue", "sue-2");
    const event = webSocketEvent("sue-1", {
      body: JSON.stringify({ action: "send", id: "note", channel: "user:sue", body: "buy milk" }),
      requestContext: { authorizer: signedIn("sue") },
    });
    const ack = frameOf(await handle(event, contextWith()));
    assert.equal(ack.channel, "user:sue");
    assert.equal(ack.to, "user:sue");
    assert.deepEqual(await inbox("sue"), ["buy milk"]);
    assert.equal(stack.connections.frames("sue-2").length, 1);
    assert.equal(stack.connections.calls("sue-1"), 0);
  });

  it("gives a message without an id one, the same in the acknowledgement", async () => {
    await stack.session("cal", "cal-1");
    const ack = await send({ type: "send", channel: "user:cal", body: null });
    assert.match(String(ack.id), /^[0-9a-f-]{36}$/);
    assert.equal((stack.connections.frames("cal-1")[0] as { id: string }).id, ack.id);
  });

  it("a user with no session gets it in the inbox", async () => {
    const ack = await send({ action: "send", id: "x", channel: "user:nobody", body: 1 });
    assert.equal(ack.type, "ack");
    assert.deepEqual(await inbox("nobody"), [1]);
  });

  it("a resend is stored once, acknowledged with the first offset and delivered again", async () => {
    await stack.session("rex", "rex-1");
    const frame = { action: "send", id: "r1", channel: "user:rex", body: "once" };
    const first = await send(frame);
    await send({ ...frame, id: "r2", body: "twice" });
    assert.deepEqual(await send({ ...frame, retry: true }), first);
    assert.deepEqual(await inbox("rex"), ["once", "twice"]);
    const frames = stack.connections.frames("rex-1");
    assert.equal(frames.length, 3);
    assert.deepEqual(frames[2], frames[0]);
  });

  it("a resend of what was half stored completes it, with the first time of sending", async () => {
    await stack.session("ron", "ron-1");
    const sentAt = Date.now() - 5000;
    const stored = { id: "half", from: "alice", to: "user:ron", sentAt, body: "h" };
    await stack.messages.append("user:alice", stored, { seconds: 3600 });
    const frame = { action: "send", id: "half", channel: "user:ron", body: "h", retry: true };
    assert.equal((await send(frame)).type, "ack");
    assert.deepEqual(await inbox("ron"), ["h"]);
    const [delivered] = stack.connections.frames("ron-1") as { sentAt: string }[];
    assert.equal(delivered?.sentAt, new Date(sentAt).toISOString());
  });

  it("an id that was used for another message, or another user, is refused, and nothing stored", async () => {
    const frame = { action: "send", id: "u1", channel: "user:una", body: "first" };
    await send(frame);
    const before = await inbox("alice");
    for (const other of [{ body: "second" }, { channel: "user:ulf" }]) {
      const error = await send({ ...frame, ...other, retry: true });
      assert.equal(error.code, "id-reused");
      assert.equal(error.id, "u1");
    }
    assert.deepEqual(await inbox("alice"), before);
    assert.deepEqual(await inbox("una"), ["first"]);
    assert.deepEqual(await inbox("ulf"), []);
  });

  for (const [what, reply] of [
    ["by name", GONE],
    ["by status", { status: 410 }],
  ] as const) {
    it(`removes a session whose connection is gone, told ${what}`, async () => {
      const user = `dee-${reply.status}-${what.slice(3)}`;
      const gone = await stack.session(user, `${user}-1`);
      await stack.session(user, `${user}-2`);
      stack.connections.script(`${user}-1`, reply);
      await send({ action: "send", channel: `user:${user}`, body: 1 });
      assert.deepEqual(tally(user), { delivered: 1, gone: 1, expired: 0, failed: 0 });
      // One post, and one to close it in case that it is open after all.
      assert.equal(stack.connections.calls(`${user}-1`), 2);
      assert.equal(await stack.sessions.get(user, gone.sessionKey), undefined);
      assert.ok(await stack.sessions.get(user, `${user}-2`));
    });
  }

  it("keeps a session whose connection may not be open yet, and closes what answers as gone", async () => {
    await stack.session("oli", "oli-1", { connectedAt: Date.now() });
    stack.connections.script("oli-1", GONE, { status: 200 });
    await send({ action: "send", channel: "user:oli", body: 1 });
    assert.ok(await stack.sessions.get("oli", "oli-1"));
    assert.deepEqual(stack.connections.closed, ["oli-1"]);
  });

  for (const reply of [
    { status: 429, headers: { "x-amzn-errortype": "LimitExceededException" } },
    { status: 500 },
    { status: 502, body: "<html>Bad Gateway</html>" },
    { status: 504 },
  ]) {
    it(`tries again after ${reply.status}`, async () => {
      const user = `eli-${reply.status}`;
      await stack.session(user, user);
      stack.connections.script(user, reply, reply, { status: 200 });
      await send({ action: "send", channel: `user:${user}`, body: 1 });
      assert.equal(tally(user).delivered, 1);
      assert.equal(stack.connections.calls(user), 3);
      assert.equal(stack.connections.frames(user).length, 1);
    });
  }

  it("counts what is left when the time is over, and keeps those sessions", async () => {
    for (const [connection, reply] of [
      ["fin-busy", { status: 429 }],
      ["fin-silent", { silent: true }],
      ["fin-well", { status: 200 }],
    ] as const) {
      await stack.session("fin", connection);
      stack.connections.script(connection, reply);
    }
    const ack = await send({ action: "send", channel: "user:fin", body: 1 }, 1300);
    assert.equal(ack.type, "ack");
    assert.deepEqual(tally("fin"), { delivered: 1, gone: 0, expired: 0, failed: 2 });
    assert.ok(stack.connections.calls("fin-busy") > 1);
    assert.ok(await stack.sessions.get("fin", "fin-busy"));
    assert.ok(await stack.sessions.get("fin", "fin-silent"));
    assert.equal(logs.filter((line) => line.level === "error").length, 2);
  });

  it("does not repeat what is refused for good", async () => {
    await stack.session("gil", "gil-1");
    stack.connections.script("gil-1", { status: 403, body: '{"message":"no"}' });
    await send({ action: "send", channel: "user:gil", body: 1 });
    assert.equal(tally("gil").failed, 1);
    assert.equal(stack.connections.calls("gil-1"), 1);
    assert.ok(await stack.sessions.get("gil", "gil-1"));
  });

  it("gives an expired session nothing, removes it and closes its connection", async () => {
    await stack.session("hew", "hew-old", { expires: Math.floor(Date.now() / 1000) - 1 });
    await stack.session("hew", "hew-new");
    await send({ action: "send", channel: "user:hew", body: 1 });
    assert.deepEqual(tally("hew"), { delivered: 1, gone: 0, expired: 1, failed: 0 });
    assert.deepEqual(stack.connections.frames("hew-old"), []);
    assert.deepEqual(stack.connections.closed, ["hew-old"]);
    assert.equal(await stack.sessions.get("hew", "hew-old"), undefined);
  });

  it("reaches a hundred sessions with a bounded number of calls at a time", async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => stack.session("ike", `ike-${i}`)));
    await send({ action: "send", channel: "user:ike", body: 1 });
    assert.equal(tally("ike").delivered, 100);
    assert.ok(stack.connections.peak() <= 64, `${stack.connections.peak()} at a time`);
  });

  it("answers what is wrong with a frame, with its id", async () => {
    const cases: [object | string, string, RegExp][] = [
      ["{", "invalid-frame", /JSON/],
      [{ id: "x", channel: "user:bob" }, "invalid-frame", /^body: missing/],
      [{ id: "x", channel: 1, body: 1 }, "invalid-frame", /^channel: write/],
      [{ id: "x", channel: "user:a b", body: 1 }, "invalid-frame", /^channel: write/],
      [{ id: "x", channel: "hall:1", body: 1 }, "unknown-channel", /^channel: .* room, live/],
      [{ id: "x", channel: "user:bob", body: 1, to: 2 }, "invalid-frame", /^to: unknown/],
      [{ id: "x", channel: "user:bob", body: 1, retry: 2 }, "invalid-frame", /^retry: write true/],
      // 1e20 takes 4 characters here and 21 when it is written out again.
      [
        `{"id":"x","channel":"user:bob","body":[${"1e20,".repeat(20_000)}0]}`,
        "too-large",
        /^body: /,
      ],
    ];
    for (const [frame, code, message] of cases) {
      const error = await send(frame);
      assert.equal(error.type, "error");
      assert.equal(error.code, code);
      assert.match(String(error.message), message);
      assert.equal(error.id, frame === "{" ? undefined : "x");
    }
  });

  it("refuses a sender whose credential has expired", async () => {
    const frame = { action: "send", id: "x", channel: "user:bob", body: 1 };
    for (const expires of ["1", 1, undefined]) {
      const error = await send(frame, undefined, { expires });
      assert.equal(error.code, "session-expired");
      assert.equal(error.id, "x");
    }
  });

  it("answers unavailable, and logs why, when the table cannot be read", async () => {
    const broken = createHandler({ ...stack.settings, connectionsTable: "no-such-table" });
    const event = webSocketEvent("sender", {
      body: JSON.stringify({ id: "broken", channel: "user:bob", body: 1 }),
      requestContext: { authorizer: signedIn("alice") },
    });
    const error = frameOf(await broken(event, contextWith()));
    assert.equal(error.code, "unavailable");
    assert.equal(error.id, "broken");
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });
});
