import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Frame } from "./client";
import { newChannel, publish, setScene, subscribe } from "./scene";
import { subscriberRows } from "./subscriberRows";
import type { Target } from "./target";

export function describePresence(getTarget: () => Target): void {
  describe("presence", () => {
    const scene = setScene(getTarget);

    async function users(connection: Connection, channel: string): Promise<string[]> {
      // With an id, so that it is no event.
      const frame = { action: "presence", id: "who", channel };
      const { type, next, users } = await connection.ask(frame, { id: "who" });
      assert.deepEqual([type, next], ["presence", undefined]);
      return users.sort();
    }

    it("shows each user once, while one of the user's connections listens", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [onlooker, desk, phone, bobs] = [
        await scene.connect(await scene.user("onlooker")),
        await scene.connect(alice),
        await scene.connect(alice),
        await scene.connect(bob),
      ];
      const channel = newChannel("live");
      assert.deepEqual(await users(onlooker, channel), []);
      for (const connection of [desk, phone, bobs]) await subscribe(connection, channel);
      assert.deepEqual(await users(onlooker, channel), [alice.username, bob.username].sort());
      await desk.ask({ action: "unsubscribe", channel }, { type: "unsubscribed" });
      await bobs.ask({ action: "unsubscribe", channel }, { type: "unsubscribed" });
      assert.deepEqual(await users(onlooker, channel), [alice.username]);
      await phone.close();
      // $disconnect runs after the close.
      while ((await users(onlooker, channel)).length > 0) await sleep(20);
    });

    it("tells the others who joins and who leaves", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [onlooker, desk, phone] = [
        await scene.connect(alice),
        await scene.connect(bob, "desk"),
        await scene.connect(bob, "phone"),
      ];
      const channel = newChannel("room");
      await subscribe(onlooker, channel);
      await subscribe(desk, channel);
      await assertEvent(onlooker, channel, "join", bob.username);
      // Not the first of bob's, and not the last: nothing is told.
      await subscribe(phone, channel);
      await desk.ask({ action: "unsubscribe", channel }, { type: "unsubscribed" });
      await phone.ask({ action: "unsubscribe", channel }, { type: "unsubscribed" });
      await assertEvent(onlooker, channel, "leave", bob.username);
      await subscribe(desk, channel);
      await assertEvent(onlooker, channel, "join", bob.username);
      await desk.close();
      await assertEvent(onlooker, channel, "leave", bob.username);
      assert.deepEqual(onlooker.unread, []);
      // It listened only while bob stayed.
      assert.ok(!phone.unread.some(({ user }) => user === bob.username));
    });

    it("does not count who was lost without a close", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [onlooker, lost] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      await subscribe(onlooker, channel);
      await subscribe(lost, channel);
      await assertEvent(onlooker, channel, "join", bob.username);
      await lost.kill();
      // Whichever comes first: $disconnect, or the answer 410 to a message.
      do {
        await publish(onlooker, channel, "is anybody there?");
        await sleep(20);
      } while ((await users(onlooker, channel)).length > 1);
      await assertEvent(onlooker, channel, "leave", bob.username);
    });

    it("does not count who is over, or whose connection is gone", async function () {
      const { target } = scene;
      // Only a test with access to the table can make the rows that a lost $disconnect leaves behind.
      if (target.storeSubscriptions === undefined) return this.skip();
      const alice = await scene.user("alice");
      const connection = await scene.connect(alice);
      const channel = newChannel("live");
      await subscribe(connection, channel);
      await target.storeSubscriptions(subscriberRows(channel, 3, { expires: 1, name: "over" }));
      assert.deepEqual(await users(connection, channel), [alice.username]);
      await target.storeSubscriptions(subscriberRows(channel, 3));
      assert.equal((await users(connection, channel)).length, 4);
      await publish(connection, channel, 1);
      assert.deepEqual(await users(connection, channel), [alice.username]);
    });

    it("comes in pages", async function () {
      const { target } = scene;
      if (target.storeSubscriptions === undefined) return this.skip();
      const connection = await scene.connect(await scene.user("alice"));
      const channel = newChannel("live");
      const rows = subscriberRows(channel, 170);
      // A second connection each for some.
      const twice = rows.slice(0, 30).map((row) => ({ ...row, subscriber: `${row.subscriber}x` }));
      await target.storeSubscriptions([...rows, ...twice]);
      const pages: Frame[] = [];
      do {
        const after = pages.at(-1)?.next;
        const frame = { action: "presence", channel, ...(after && { after }) };
        pages.push(await connection.ask(frame, { type: "presence" }));
      } while (pages.at(-1)!.next !== undefined);
      assert.ok(pages.length > 1);
      const seen = pages.flatMap(({ users }) => users);
      assert.deepEqual(seen.sort(), rows.map(({ username }) => username).sort());
    });
  });
}

/** Events come through the queue, some time after what they tell of. */
async function assertEvent(
  connection: Connection,
  channel: string,
  event: "join" | "leave",
  user: string,
): Promise<void> {
  const { at, ...frame } = await connection.next({ type: "presence", event });
  assert.deepEqual(frame, { type: "presence", channel, event, user });
  assert.equal(new Date(at).toISOString(), at);
}
