import assert from "node:assert/strict";
import { createHandler as createConnect } from "../../functions/connect";
import { createHandler as createDisconnect } from "../../functions/disconnect";
import { createHandler as createPresence } from "../../functions/presence";
import { createHandler as createSubscribe } from "../../functions/subscribe";
import { createHandler as createUnsubscribe } from "../../functions/unsubscribe";
import { contextWith, frameOf, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { NAMESPACES, startStack, type Stack } from "./support/stack";

describe("presence", () => {
  captureLogs();
  let stack: Stack;
  let handlers: Record<string, any>;

  before(async () => {
    stack = await startStack();
    handlers = {
      $connect: createConnect(stack.settings),
      $disconnect: createDisconnect(stack.settings),
      subscribe: createSubscribe(stack.settings),
      unsubscribe: createUnsubscribe(stack.settings),
      presence: createPresence(stack.settings),
    };
  });
  beforeEach(() => stack.queue.reset());
  after(() => stack.close());

  /** An event of the connection `<user>-<device>`, whose session key is the device unless it is given. */
  function run(connectionId: string, routeKey: string, frame?: object, key?: string) {
    const [username = "", device = ""] = connectionId.split("-");
    const event = webSocketEvent(connectionId, {
      body: frame && JSON.stringify(frame),
      requestContext: { routeKey, authorizer: signedIn(username, key ?? device) },
    });
    return handlers[routeKey](event, contextWith());
  }

  async function join(connectionId: string, ...channels: string[]) {
    await run(connectionId, "$connect");
    for (const channel of channels) {
      assert.equal(frameOf(await run(connectionId, "subscribe", { channel })).type, "subscribed");
    }
  }

  const present = async (channel: string, after?: string) =>
    frameOf(await run("me-1", "presence", { channel, after })) as {
      users: string[];
      next?: string;
    };

  /** The events in the queue, each as `<event> <user> <connection that does not get it>`. */
  const events = () =>
    stack.queue.take().map(({ data, except, from, to }) => {
      assert.deepEqual([from, to], ["", ""]);
      const { event, user } = JSON.parse(data);
      return `${event} ${user} ${except}`;
    });

  it("shows each user once, however many devices they have", async () => {
    await join("ann-1", "live:p");
    await join("ann-2", "live:p");
    await join("ben-1", "live:p");
    const page = await present("live:p");
    assert.deepEqual([...page.users].sort(), ["ann", "ben"]);
    assert.equal(page.next, undefined);
    assert.deepEqual(events(), []);
  });

  it("comes in pages, each user once over all of them", async () => {
    const expires = Math.floor(Date.now() / 1000) + 600;
    const users = Array.from({ length: 170 }, (_, i) => `user${i}`);
    for (const username of users) {
      await Promise.all(
        [1, 2, 3, 4].map((i) =>
          stack.subscriptions.put({
            channel: "live:pages",
            username,
            sessionKey: String(i),
            connectionId: `${username}-${i}`,
            expires,
          }),
        ),
      );
    }
    const seen: string[] = [];
    const sizes: number[] = [];
    let after: string | undefined;
    do {
      const page = await present("live:pages", after);
      seen.push(...page.users);
      sizes.push(page.users.length);
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(sizes, [80, 80, 10]);
    assert.deepEqual(seen.sort(), users.sort());
  });

  it("does not count sessions that have expired, though their rows are there", async () => {
    const row = { channel: "live:old", sessionKey: "1", connectionId: "c" };
    await stack.subscriptions.put({ ...row, username: "old", expires: 1 });
    const expires = Math.floor(Date.now() / 1000) + 600;
    await stack.subscriptions.put({ ...row, username: "new", expires });
    assert.deepEqual((await present("live:old")).users, ["new"]);
  });

  it("tells who comes with the first device and goes with the last", async () => {
    await join("cat-1", "room:e");
    assert.deepEqual(events(), ["join cat cat-1"]);
    await join("cat-2", "room:e");
    await run("cat-1", "subscribe", { channel: "room:e" });
    assert.deepEqual(events(), []);
    await run("cat-1", "unsubscribe", { channel: "room:e" });
    assert.deepEqual(events(), []);
    await run("cat-1", "unsubscribe", { channel: "room:e" });
    assert.deepEqual(events(), []);
    await run("cat-2", "unsubscribe", { channel: "room:e" });
    assert.deepEqual(events(), ["leave cat cat-2"]);
  });

  it("a closed connection leaves all of its channels", async () => {
    await join("dan-1", "room:d1", "room:d2", "live:d");
    events();
    await run("dan-1", "$disconnect");
    assert.deepEqual(events(), ["leave dan dan-1", "leave dan dan-1"]);
    for (const channel of ["room:d1", "room:d2", "live:d"]) {
      assert.deepEqual((await present(channel)).users, []);
    }
  });

  it("a session that is replaced loses the subscriptions of its old connection", async () => {
    await join("eve-1", "room:r");
    events();
    await run("eve-2", "$connect", undefined, "1");
    assert.deepEqual(events(), ["leave eve eve-1"]);
    assert.deepEqual((await present("room:r")).users, []);
    assert.equal((await stack.sessions.get("eve", "1"))?.channels, undefined);
    // The old connection's end comes late, and takes nothing from the new one.
    await run("eve-2", "subscribe", { channel: "room:r" }, "1");
    await run("eve-1", "$disconnect", undefined, "1");
    assert.deepEqual((await present("room:r")).users, ["eve"]);
  });

  it("a namespace that is no longer configured does not keep a session from ending", async () => {
    await join("fay-1", "room:f");
    const { live } = NAMESPACES;
    const disconnect = createDisconnect({ ...stack.settings, namespaces: { live: live! } });
    const event = webSocketEvent("fay-1", { requestContext: { authorizer: signedIn("fay", "1") } });
    assert.equal((await disconnect(event, contextWith())).statusCode, 200);
    assert.deepEqual((await present("room:f")).users, []);
  });
});
