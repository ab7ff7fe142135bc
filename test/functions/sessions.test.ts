import assert from "node:assert/strict";
import { createDynamoSessions } from "../../functions/domain/dynamoSessions";
import {
  allSessions,
  NewerSession,
  SessionOver,
  TooManyChannels,
  type Session,
} from "../../functions/domain/sessions";
import { startDynamo, TABLE } from "./support/dynamo";

describe("sessions in the connections table", () => {
  let dynamo: Awaited<ReturnType<typeof startDynamo>>;
  let store: ReturnType<typeof createDynamoSessions>;

  before(async () => {
    dynamo = await startDynamo();
    store = createDynamoSessions(TABLE);
  });
  after(() => dynamo.close());

  const session = (values: Partial<Session>): Session => ({
    username: "alice",
    sessionKey: "desk",
    connectionId: "c1",
    connectedAt: 1000,
    expires: 2_000_000_000,
    credentialExpires: 2_000_000_000,
    ...values,
  });

  it("a new session replaces the one of the same key, which is given back", async () => {
    const first = session({ username: "ann", sourceIp: "192.0.2.1" });
    assert.equal(await store.put(first), undefined);
    const second = session({ username: "ann", connectionId: "c2", connectedAt: 2000 });
    assert.deepEqual(await store.put(second), first);
    assert.deepEqual(await store.get("ann", "desk"), second);
  });

  it("an older connection does not replace a newer one", async () => {
    const newer = session({ username: "bea", connectionId: "new", connectedAt: 2000 });
    await store.put(newer);
    await assert.rejects(
      store.put(session({ username: "bea", connectionId: "old", connectedAt: 1999 })),
      NewerSession,
    );
    assert.deepEqual(await store.get("bea", "desk"), newer);
  });

  it("a session is removed only for the connection that holds it", async () => {
    await store.put(session({ username: "cid", connectionId: "now" }));
    const ref = { username: "cid", sessionKey: "desk" };
    assert.equal(await store.remove({ ...ref, connectionId: "before" }), undefined);
    assert.ok(await store.get("cid", "desk"));
    const removed = await store.remove({ ...ref, connectionId: "now" });
    assert.equal(removed?.connectionId, "now");
    assert.equal(await store.get("cid", "desk"), undefined);
    assert.equal(await store.remove({ ...ref, connectionId: "now" }), undefined);
  });

  it("a session gives back its channels when it is removed", async () => {
    const ref = { username: "ida", sessionKey: "desk", connectionId: "ida-1" };
    await store.put(session(ref));
    await store.addChannel(ref, "room:a", 2);
    await store.addChannel(ref, "room:b", 2);
    assert.deepEqual((await store.addChannel(ref, "room:a", 2)).channels?.size, 2);
    await assert.rejects(store.addChannel(ref, "room:c", 2), TooManyChannels);
    const other = { ...ref, connectionId: "ida-2" };
    await assert.rejects(store.addChannel(other, "room:a", 2), SessionOver);
    await store.removeChannel(other, "room:a");
    await store.removeChannel(ref, "room:b");
    assert.deepEqual((await store.remove(ref))?.channels, new Set(["room:a"]));
    await assert.rejects(store.addChannel(ref, "room:a", 2), SessionOver);
    await store.removeChannel(ref, "room:a");
    assert.equal(await store.get("ida", "desk"), undefined);
  });

  it("is found by its connection", async () => {
    await store.put(session({ username: "dan", connectionId: "dan-1" }));
    assert.equal((await store.findByConnection("dan-1"))?.username, "dan");
    assert.equal(await store.findByConnection("dan-2"), undefined);
  });

  it("a user's sessions come in pages, and all of them by walking the pages", async () => {
    for (let i = 0; i < 5; i++) {
      await store.put(session({ username: "eve", sessionKey: `k${i}`, connectionId: `eve-${i}` }));
    }
    const first = await store.page("eve", undefined, 3);
    assert.deepEqual(
      first.sessions.map((s) => s.sessionKey),
      ["k0", "k1", "k2"],
    );
    assert.equal(first.next, "k2");
    const second = await store.page("eve", first.next, 3);
    assert.deepEqual(
      second.sessions.map((s) => s.sessionKey),
      ["k3", "k4"],
    );
    assert.equal(second.next, undefined);
  });

  it("pages of more than a megabyte are walked to the end", async () => {
    // A page ends at 1 MB: rows of 300 KB make several.
    const userAgent = "x".repeat(300 * 1024);
    for (let i = 0; i < 8; i++) {
      await store.put(
        session({ username: "fay", sessionKey: `k${i}`, connectionId: `fay-${i}`, userAgent }),
      );
    }
    const pages: number[] = [];
    for await (const sessions of allSessions(store, "fay")) pages.push(sessions.length);
    assert.ok(pages.length > 1);
    assert.equal(
      pages.reduce((sum, n) => sum + n),
      8,
    );
  });
});
