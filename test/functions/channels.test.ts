import assert from "node:assert/strict";
import * as v from "valibot";
import { createHandler as createHistory } from "../../functions/history";
import type { WebSocketEvent } from "../../functions/lambda/webSocketEvent";
import { createHandler as createPresence } from "../../functions/presence";
import { createHandler as createSend } from "../../functions/send";
import { createHandler as createSubscribe } from "../../functions/subscribe";
import { createHandler as createUnsubscribe } from "../../functions/unsubscribe";
import { serverFrameSchema } from "../../protocol/frames";
import { GONE } from "./support/connectionsStub";
import { contextWith, frameOf, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { startStack, type Stack } from "./support/stack";

type Frame = Record<string, any>;

describe("channels", () => {
  const logs = captureLogs();
  let stack: Stack;
  let routes: Record<string, (event: WebSocketEvent, context: any) => Promise<any>>;

  before(async () => {
    stack = await startStack();
    routes = {
      send: createSend(stack.settings),
      subscribe: createSubscribe(stack.settings),
      unsubscribe: createUnsubscribe(stack.settings),
      history: createHistory(stack.settings),
      presence: createPresence(stack.settings),
    };
  });
  beforeEach(() => {
    stack.connections.reset();
    stack.queue.reset();
  });
  after(() => stack.close());

  /** Sends a frame on a connection, which is `<user>` or `<user>-<device>`. */
  async function ask(connectionId: string, action: string, frame: object, groups: string[] = []) {
    const username = connectionId.split("-")[0]!;
    const event = webSocketEvent(connectionId, {
      body: JSON.stringify({ action, ...frame }),
      requestContext: {
        routeKey: action,
        authorizer: { ...signedIn(username, connectionId), groups: JSON.stringify(groups) },
      },
    });
    const answer = frameOf(await routes[action]!(event, contextWith()));
    v.parse(serverFrameSchema, answer);
    return answer as Frame;
  }

  const open = (connectionId: string, values = {}) =>
    stack.session(connectionId.split("-")[0]!, connectionId, values);
  const frames = (connectionId: string) => stack.connections.frames(connectionId) as Frame[];
  const send = (connectionId: string, channel: string, body: unknown, more: object = {}) =>
    ask(connectionId, "send", { channel, body, ...more });
  const subscribe = (connectionId: string, channel: string, position?: object) =>
    ask(connectionId, "subscribe", { channel, position });
  const bodies = (page: Frame) => page.messages.map((message: Frame) => message.body);
  const namesOf = async (channel: string) =>
    (await stack.subscriptions.page(channel, { from: "", to: "" }, 500)).subscribers
      .map(({ connectionId }) => connectionId)
      .sort();

  it("a message reaches every subscriber but the sending connection, which has the ack", async () => {
    for (const connection of ["ann", "ben", "ben-2"]) {
      await open(connection);
      assert.deepEqual(Object.keys(await subscribe(connection, "room:a")), [
        "type",
        "channel",
        "epoch",
        "offset",
        "messages",
      ]);
    }
    stack.queue.reset();
    const ack = await send("ann", "room:a", { x: 1 }, { id: "m1" });
    const { epoch } = ack;
    assert.deepEqual(ack, { type: "ack", id: "m1", channel: "room:a", epoch, offset: 1 });
    for (const connection of ["ben", "ben-2"]) {
      const [message] = frames(connection);
      assert.equal(new Date(message?.sentAt).toISOString(), message?.sentAt);
      assert.deepEqual(message, {
        sentAt: message?.sentAt,
        type: "message",
        channel: "room:a",
        epoch,
        offset: 1,
        id: "m1",
        from: "ann",
        body: { x: 1 },
      });
    }
    assert.deepEqual(frames("ann"), []);
    assert.equal(stack.queue.calls.length, 0);
  });

  it("one that stores nothing delivers without a place, and answers a position with recovered: false", async () => {
    await open("cat");
    const plain = { type: "subscribed", channel: "live:a", messages: [] };
    assert.deepEqual(await subscribe("cat", "live:a"), plain);
    const position = { epoch: "abc-def", offset: 3 };
    assert.deepEqual(await subscribe("cat", "live:a", position), { ...plain, recovered: false });
    const ack = await send("dan", "live:a", 1, { id: "e1" });
    assert.deepEqual(ack, { type: "ack", id: "e1", channel: "live:a" });
    assert.deepEqual(Object.keys(frames("cat")[0]!), [
      "type",
      "channel",
      "id",
      "from",
      "sentAt",
      "body",
    ]);
    const page = await stack.messages.read("live:a", { seconds: 60 }, { maxBytes: 1000 });
    assert.deepEqual(page.messages, []);
  });

  it("a resend to a channel is stored once and delivered again", async () => {
    await open("eve");
    await subscribe("eve", "room:retry");
    const first = await send("fay", "room:retry", "x", { id: "r" });
    assert.deepEqual(await send("fay", "room:retry", "x", { id: "r", retry: true }), first);
    assert.equal(frames("eve").length, 2);
    const reused = await send("fay", "room:retry", "y", { id: "r", retry: true });
    assert.equal(reused.code, "id-reused");
    assert.deepEqual(bodies(await ask("eve", "history", { channel: "room:retry" })), ["x"]);
  });

  it("a client that comes back with its position gets what it missed, in order", async () => {
    await open("gus");
    const { epoch, offset } = await subscribe("gus", "room:back");
    assert.match(epoch, /^empty-/);
    const acks: Frame[] = [];
    for (let i = 1; i <= 3; i++) acks.push(await send("hal", "room:back", i));
    const all = await subscribe("gus", "room:back", { epoch, offset });
    assert.equal(all.recovered, true);
    assert.equal(all.offset, 3);
    assert.deepEqual(bodies(all), [1, 2, 3]);
    const log = acks[0]!.epoch;
    const some = await subscribe("gus", "room:back", { epoch: log, offset: 2 });
    assert.deepEqual(bodies(some), [3]);
    const none = await subscribe("gus", "room:back", { epoch: log, offset: 3 });
    assert.deepEqual([none.recovered, none.messages], [true, []]);
    const other = await subscribe("gus", "room:back", { epoch: "abc-def", offset: 1 });
    assert.deepEqual([other.recovered, other.messages, other.offset], [false, [], 3]);
  });

  it("more than a page is told as such, and read on by history", async () => {
    await open("ida");
    const { epoch } = await send("jim", "room:long", "0".repeat(12_000));
    for (const digit of "1234") await send("jim", "room:long", digit.repeat(12_000));
    const first = await subscribe("ida", "room:long", { epoch, offset: 1 });
    assert.equal(first.more, true);
    assert.ok(JSON.stringify(first).length < 32 * 1024);
    const got = bodies(first);
    const page = await ask("ida", "history", { channel: "room:long", after: 1 + got.length });
    assert.equal(page.more, false);
    assert.deepEqual(
      [...got, ...bodies(page)].map((body: string) => body[0]),
      ["1", "2", "3", "4"],
    );
  });

  it("one's own inbox is recovered by subscribing, and needs no subscription", async () => {
    await open("kim");
    await send("leo", "user:kim", "hello");
    const page = await subscribe("kim", "user:kim", { epoch: `empty-${Date.now()}`, offset: 0 });
    assert.deepEqual(bodies(page), ["hello"]);
    assert.deepEqual(await namesOf("user:kim"), []);
    assert.equal((await ask("kim", "unsubscribe", { channel: "user:kim" })).code, "forbidden");
  });

  it("history goes both ways", async () => {
    for (let i = 1; i <= 5; i++) await send("mia", "room:h", i);
    const history = (frame: object) => ask("mia", "history", { channel: "room:h", ...frame });
    for (const [query, expected, more] of [
      [{}, [1, 2, 3, 4, 5], false],
      [{ limit: 2 }, [4, 5], true],
      [{ before: 4, limit: 2 }, [2, 3], true],
      [{ before: 2 }, [1], false],
      [{ after: 3 }, [4, 5], false],
      [{ after: 0, limit: 2 }, [1, 2], true],
      [{ after: 5 }, [], false],
    ] as const) {
      const page = await history({ id: "q", ...query });
      assert.deepEqual([bodies(page), page.more, page.offset], [expected, more, 5]);
      assert.equal(page.id, "q");
    }
  });

  it("a count bounds what is kept", async () => {
    for (let i = 1; i <= 8; i++) await send("ned", "news:a", i, {});
    assert.equal((await ask("ned", "history", { channel: "news:a" })).offset, 0);
    for (let i = 1; i <= 8; i++) {
      await ask("ned", "send", { channel: "news:a", body: i }, ["editors"]);
    }
    const page = await ask("ned", "history", { channel: "news:a" });
    assert.deepEqual(bodies(page), [4, 5, 6, 7, 8]);
  });

  it("unsubscribing ends it", async () => {
    await open("oma");
    await subscribe("oma", "live:u");
    const answer = await ask("oma", "unsubscribe", { id: "u", channel: "live:u" });
    assert.deepEqual(answer, { type: "unsubscribed", id: "u", channel: "live:u" });
    await send("pia", "live:u", 1);
    assert.deepEqual(frames("oma"), []);
    assert.equal((await stack.sessions.get("oma", "oma"))?.channels, undefined);
    assert.equal((await ask("oma", "unsubscribe", { channel: "live:u" })).type, "unsubscribed");
  });

  it("refuses what the rules do not let, with a code each, and stores nothing", async () => {
    await open("que");
    const cases: [string, object, string, string[]?][] = [
      ["subscribe", { channel: "hall:a" }, "unknown-channel"],
      ["send", { channel: "hall:a", body: 1 }, "unknown-channel"],
      ["send", { channel: "news:b", body: 1 }, "forbidden"],
      ["send", { channel: "news:b", body: 1 }, "forbidden", ["editor", "group:editors"]],
      ["send", { channel: "system:b", body: 1 }, "forbidden", ["backend", "owner"]],
      ["send", { channel: "my:rob", body: 1 }, "forbidden"],
      ["send", { channel: "my:quentin/x", body: 1 }, "forbidden"],
      ["subscribe", { channel: "my:rob/x" }, "forbidden"],
      ["subscribe", { channel: "user:rob" }, "forbidden"],
      ["history", { channel: "user:rob" }, "forbidden"],
      ["history", { channel: "live:b" }, "no-history"],
      ["presence", { channel: "news:b" }, "no-presence"],
      ["presence", { channel: "my:que" }, "no-presence"],
      ["presence", { channel: "my:rob" }, "forbidden"],
      ["subscribe", { channel: "room:b", position: 7 }, "invalid-position"],
      ["subscribe", { channel: "room:b", position: { epoch: "x" } }, "invalid-position"],
      [
        "subscribe",
        { channel: "room:b", position: { epoch: "abc-def", offset: -1 } },
        "invalid-position",
      ],
      [
        "subscribe",
        { channel: "room:b", position: { epoch: "empty-1", offset: 1 } },
        "invalid-position",
      ],
      ["history", { channel: "room:b", after: 1, before: 2 }, "invalid-frame"],
      ["history", { channel: "room:b", after: 1.5 }, "invalid-frame"],
      ["history", { channel: "room:b", limit: 201 }, "invalid-frame"],
      ["send", { channel: "room:b", body: 1, retry: true, id: undefined }, "invalid-frame"],
      ["send", { channel: "room:b", body: "x".repeat(127 * 1024) }, "too-large"],
    ];
    for (const [action, frame, code, groups] of cases) {
      const error = await ask("que", action, { id: "e", ...frame }, groups);
      assert.equal(error.type, "error", JSON.stringify(frame));
      assert.equal(error.code, code, JSON.stringify(frame).slice(0, 100));
      assert.equal(error.id, "id" in frame ? undefined : "e");
    }
    for (const channel of ["room:b", "news:b", "system:b", "my:rob", "user:rob", "user:que"]) {
      const page = await stack.messages.read(channel, { seconds: 60 }, { maxBytes: 1000 });
      assert.deepEqual(page.messages, [], channel);
      assert.deepEqual(await namesOf(channel), []);
    }
    assert.equal((await stack.sessions.get("que", "que"))?.channels, undefined);
  });

  it("owners and groups may do what theirs is", async () => {
    await open("rob");
    for (const channel of ["my:rob", "my:rob/files", "my:rob/a/b"]) {
      assert.equal((await send("rob", channel, 1)).type, "ack");
      assert.equal((await subscribe("rob", channel)).type, "subscribed");
    }
    const ack = await ask("rob", "send", { channel: "news:c", body: 1 }, ["x", "editors"]);
    assert.equal(ack.type, "ack");
    // "rob" comes first in the name, so nobody else can own it by being called "rob/files".
    await stack.session("rob/files", "thief");
    const event = webSocketEvent("thief", {
      body: JSON.stringify({ channel: "my:rob/files" }),
      requestContext: { authorizer: signedIn("rob/files", "thief") },
    });
    const error = frameOf(await routes.history!(event, contextWith()));
    assert.equal(error.code, "forbidden");
  });

  it("a connection without a session is told to connect again", async () => {
    for (const values of [{ connectionId: "other" }, { expires: 1 }]) {
      await stack.session("sam", "sam", values);
      assert.equal((await subscribe("sam", "room:s")).code, "session-expired");
      assert.equal((await subscribe("sam", "user:sam")).code, "session-expired");
      assert.deepEqual(await namesOf("room:s"), []);
    }
    assert.equal((await subscribe("nobody", "room:s")).code, "session-expired");
  });

  it("a connection has at most a hundred subscriptions, and any of them again", async () => {
    await open("tom");
    for (let i = 0; i < 100; i++) {
      assert.equal((await subscribe("tom", `live:${i}`)).type, "subscribed");
    }
    const error = await subscribe("tom", "live:100");
    assert.equal(error.code, "too-many-subscriptions");
    assert.deepEqual(await namesOf("live:100"), []);
    assert.equal((await subscribe("tom", "live:7")).type, "subscribed");
    await ask("tom", "unsubscribe", { channel: "live:3" });
    assert.equal((await subscribe("tom", "live:100")).type, "subscribed");
  });

  it("a subscriber whose connection is gone is removed with all of its subscriptions", async () => {
    await open("uli");
    await open("val");
    for (const channel of ["live:g", "room:g"]) {
      for (const connection of ["uli", "val"]) await subscribe(connection, channel);
    }
    stack.queue.reset();
    stack.connections.script("uli", GONE);
    await send("will", "live:g", 1);
    assert.equal(frames("val").length, 1);
    for (const channel of ["live:g", "room:g"]) assert.deepEqual(await namesOf(channel), ["val"]);
    assert.equal(await stack.sessions.get("uli", "uli"), undefined);
    const [leave, ...others] = stack.queue.take();
    assert.equal(others.length, 0);
    assert.equal(leave?.channel, "room:g");
    assert.equal(JSON.parse(leave?.data ?? "").event, "leave");
  });

  it("a subscription that outlived its session is removed with the first message, and an expired one gets none", async () => {
    const expires = Math.floor(Date.now() / 1000) + 600;
    const orphan = { channel: "live:o", username: "xen", sessionKey: "xen", connectionId: "xen-1" };
    await stack.subscriptions.put({ ...orphan, expires });
    await open("yve", { expires: 1 });
    const old = { channel: "live:o", username: "yve", sessionKey: "yve", connectionId: "yve" };
    await stack.subscriptions.put({ ...old, expires: 1 });
    stack.connections.script("xen-1", GONE);
    await send("zoe", "live:o", 1);
    assert.deepEqual(await namesOf("live:o"), []);
    assert.deepEqual(frames("yve"), []);
    assert.ok(stack.connections.closed.includes("yve"));
    assert.equal(await stack.sessions.get("yve", "yve"), undefined);
  });

  it("what cannot be reached in the store is answered as unavailable, to be sent again", async () => {
    const broken = createSend({ ...stack.settings, subscriptionsTable: "no-such-table" });
    const event = webSocketEvent("ann", {
      body: JSON.stringify({ id: "b", channel: "room:broken", body: 1 }),
      requestContext: { authorizer: signedIn("ann") },
    });
    const error = frameOf(await broken(event, contextWith()));
    assert.equal(error.code, "unavailable");
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });
});
