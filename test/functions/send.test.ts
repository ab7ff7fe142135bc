import assert from "node:assert/strict";
import { createDynamoSessions } from "../../functions/domain/dynamoSessions";
import type { Session } from "../../functions/domain/sessions";
import { createHandler } from "../../functions/send";
import { GONE, startConnectionsStub, type ConnectionsStub } from "./support/connectionsStub";
import { startDynamo, TABLE } from "./support/dynamo";
import { contextWith, frameOf, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";

describe("send", () => {
  const logs = captureLogs();
  let dynamo: Awaited<ReturnType<typeof startDynamo>>;
  let stub: ConnectionsStub;
  let handle: ReturnType<typeof createHandler>;
  let store: ReturnType<typeof createDynamoSessions>;

  before(async () => {
    dynamo = await startDynamo();
    stub = await startConnectionsStub();
    handle = createHandler({ connectionsTable: TABLE, connectionsEndpoint: stub.endpoint });
    store = createDynamoSessions(TABLE);
  });
  beforeEach(() => stub.reset());
  after(async () => {
    await stub.close();
    await dynamo.close();
  });

  async function session(
    username: string,
    connectionId: string,
    values: Partial<Session> = {},
  ): Promise<Session> {
    const now = Math.floor(Date.now() / 1000);
    const row = {
      username,
      sessionKey: connectionId,
      connectionId,
      connectedAt: Date.now(),
      expires: now + 600,
      credentialExpires: now + 600,
      ...values,
    };
    await store.put(row);
    return row;
  }

  async function send(frame: object | string, remainingMs?: number, authorizer?: object) {
    const event = webSocketEvent("sender", {
      body: typeof frame === "string" ? frame : JSON.stringify(frame),
      requestContext: { routeKey: "send", authorizer: { ...signedIn("alice"), ...authorizer } },
    });
    return frameOf(await handle(event, contextWith(remainingMs)));
  }

  it("reaches every live session of the user, and acknowledges", async () => {
    await session("bob", "bob-1");
    await session("bob", "bob-2");
    const body = { text: "hello", list: [1, null] };
    const ack = await send({ action: "send", id: "m1", channel: "user:bob", body });
    assert.deepEqual(ack, { type: "ack", id: "m1", channel: "user:bob", delivered: 2 });
    for (const connection of ["bob-1", "bob-2"]) {
      const [frame] = stub.frames(connection) as { sentAt: string }[];
      assert.ok(frame);
      const { sentAt, ...rest } = frame;
      assert.equal(new Date(sentAt).toISOString(), sentAt);
      assert.deepEqual(rest, {
        type: "message",
        channel: "user:bob",
        id: "m1",
        from: "alice",
        body,
      });
    }
    assert.ok(!JSON.stringify(logs).includes("hello"));
  });

  it("gives a message without an id one, the same in the acknowledgement", async () => {
    await session("cal", "cal-1");
    const ack = await send({ type: "send", channel: "user:cal", body: null });
    assert.match(String(ack.id), /^[0-9a-f-]{36}$/);
    assert.equal((stub.frames("cal-1")[0] as { id: string }).id, ack.id);
  });

  it("a user with no session, known or not, gets nothing", async () => {
    const ack = await send({ action: "send", id: "x", channel: "user:nobody", body: 1 });
    assert.deepEqual(ack, { type: "ack", id: "x", channel: "user:nobody", delivered: 0 });
  });

  for (const [what, reply] of [
    ["by name", GONE],
    ["by status", { status: 410 }],
  ] as const) {
    it(`removes a session whose connection is gone, told ${what}`, async () => {
      const user = `dee-${reply.status}-${what.slice(3)}`;
      const gone = await session(user, `${user}-1`);
      await session(user, `${user}-2`);
      stub.script(`${user}-1`, reply);
      const ack = await send({ action: "send", channel: `user:${user}`, body: 1 });
      assert.equal(ack.delivered, 1);
      assert.equal(ack.failed, undefined);
      assert.equal(stub.calls(`${user}-1`), 1);
      assert.equal(await store.get(user, gone.sessionKey), undefined);
      assert.ok(await store.get(user, `${user}-2`));
    });
  }

  for (const reply of [
    { status: 429, headers: { "x-amzn-errortype": "LimitExceededException" } },
    { status: 500 },
    { status: 502, body: "<html>Bad Gateway</html>" },
    { status: 504 },
  ]) {
    it(`tries again after ${reply.status}`, async () => {
      const user = `eli-${reply.status}`;
      await session(user, user);
      stub.script(user, reply, reply, { status: 200 });
      const ack = await send({ action: "send", channel: `user:${user}`, body: 1 });
      assert.equal(ack.delivered, 1);
      assert.equal(stub.calls(user), 3);
      assert.equal(stub.frames(user).length, 1);
    });
  }

  it("counts what is left when the time is over, and keeps those sessions", async () => {
    for (const [connection, reply] of [
      ["fin-busy", { status: 429 }],
      ["fin-silent", { silent: true }],
      ["fin-well", { status: 200 }],
    ] as const) {
      await session("fin", connection);
      stub.script(connection, reply);
    }
    const ack = await send({ action: "send", channel: "user:fin", body: 1 }, 1100);
    assert.equal(ack.delivered, 1);
    assert.equal(ack.failed, 2);
    assert.ok(stub.calls("fin-busy") > 1);
    assert.ok(await store.get("fin", "fin-busy"));
    assert.ok(await store.get("fin", "fin-silent"));
    assert.equal(logs.filter((line) => line.level === "error").length, 2);
  });

  it("does not repeat what is refused for good", async () => {
    await session("gil", "gil-1");
    stub.script("gil-1", { status: 403, body: '{"message":"no"}' });
    const ack = await send({ action: "send", channel: "user:gil", body: 1 });
    assert.equal(ack.failed, 1);
    assert.equal(stub.calls("gil-1"), 1);
    assert.ok(await store.get("gil", "gil-1"));
  });

  it("gives an expired session nothing, removes it and closes its connection", async () => {
    await session("hew", "hew-old", { expires: Math.floor(Date.now() / 1000) - 1 });
    await session("hew", "hew-new");
    const ack = await send({ action: "send", channel: "user:hew", body: 1 });
    assert.equal(ack.delivered, 1);
    assert.deepEqual(stub.frames("hew-old"), []);
    assert.deepEqual(stub.closed, ["hew-old"]);
    assert.equal(await store.get("hew", "hew-old"), undefined);
  });

  it("reaches a hundred sessions with a bounded number of calls at a time", async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => session("ike", `ike-${i}`)));
    const ack = await send({ action: "send", channel: "user:ike", body: 1 });
    assert.equal(ack.delivered, 100);
    assert.ok(stub.peak() <= 64, `${stub.peak()} at a time`);
  });

  it("answers what is wrong with a frame, with its id", async () => {
    const cases: [object | string, string, RegExp][] = [
      ["{", "invalid-frame", /JSON/],
      [{ id: "x", channel: "user:bob" }, "invalid-frame", /^body: missing/],
      [{ id: "x", channel: 1, body: 1 }, "invalid-frame", /^channel: write/],
      [{ id: "x", channel: "user:a b", body: 1 }, "invalid-frame", /^channel: after "user:"/],
      [{ id: "x", channel: "room:1", body: 1 }, "unknown-channel", /^channel: /],
      [{ id: "x", channel: "user:bob", body: 1, to: 2 }, "invalid-frame", /^to: unknown/],
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
    const broken = createHandler({
      connectionsTable: "no-such-table",
      connectionsEndpoint: stub.endpoint,
    });
    const event = webSocketEvent("sender", {
      body: JSON.stringify({ id: "x", channel: "user:bob", body: 1 }),
      requestContext: { authorizer: signedIn("alice") },
    });
    const error = frameOf(await broken(event, contextWith()));
    assert.equal(error.code, "unavailable");
    assert.equal(error.id, "x");
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });
});
