import assert from "node:assert/strict";
import { bodiesOf, newChannel, publish, setScene, stored, subscribe } from "./scene";
import type { Target } from "./target";

export function describeResends(getTarget: () => Target): void {
  describe("a message that is sent again", () => {
    const scene = setScene(getTarget);

    it("is acknowledged with its first place, delivered again and stored once", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      await subscribe(subscriber, channel);
      const frame = { action: "send", id: "m1", channel, body: { n: [1] } };
      const first = await publisher.ask(frame, { type: "ack" });
      await publish(publisher, channel, "later");
      const again = await publisher.ask({ ...frame, retry: true }, { type: "ack" });
      assert.deepEqual(again, first);
      const [one, , other] = [
        await subscriber.next({ type: "message" }),
        await subscriber.next({ type: "message" }),
        await subscriber.next({ type: "message" }),
      ];
      assert.deepEqual(other, one);
      assert.deepEqual(bodiesOf(await stored(publisher, channel)), [{ n: [1] }, "later"]);
    });

    it("is stored if it was not, and by whatever connection it comes", async () => {
      const alice = await scene.user("alice");
      const channel = newChannel("room");
      const frame = { action: "send", id: "m1", channel, body: 1, retry: true };
      const acks = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        const connection = await scene.connect(alice);
        acks.push(await connection.ask(frame, { type: "ack" }));
        await connection.kill();
      }
      assert.deepEqual(
        acks.map(({ offset, epoch }) => [offset, epoch]),
        Array(3).fill([1, acks[0]!.epoch]),
      );
    });

    it("is stored once if it comes many times at once", async () => {
      const alice = await scene.user("alice");
      const channel = newChannel("room");
      const frame = { action: "send", id: "m1", channel, body: 1, retry: true };
      const connections = await Promise.all([1, 2, 3, 4].map(() => scene.connect(alice)));
      const acks = await Promise.all(
        connections.map((connection) => connection.ask(frame, { type: "ack" })),
      );
      assert.deepEqual(
        acks.map(({ offset }) => offset),
        [1, 1, 1, 1],
      );
      assert.equal((await stored(connections[0]!, channel)).length, 1);
    });

    it("is told from another with its id", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [alices, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      const frame = { action: "send", id: "m1", channel, body: 1 };
      await alices.ask(frame, { type: "ack" });
      const other = await alices.ask({ ...frame, body: 2, retry: true }, { type: "error" });
      assert.deepEqual([other.code, other.id], ["id-reused", "m1"]);
      const { offset } = await bobs.ask({ ...frame, body: 2, retry: true }, { type: "ack" });
      assert.equal(offset, 2, "ids are each sender's own");
      assert.deepEqual(bodiesOf(await stored(alices, channel)), [1, 2]);
    });

    it("to a user is stored once in both inboxes", async () => {
      const [alice, bob, carol] = [
        await scene.user("alice"),
        await scene.user("bob"),
        await scene.user("carol"),
      ];
      const [alices, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const [a, b] = [`user:${alice.username}`, `user:${bob.username}`];
      const frame = { action: "send", id: "m1", channel: b, body: "hi" };
      const first = await alices.ask(frame, { type: "ack" });
      const message = await bobs.next({ type: "message" });
      assert.deepEqual(await alices.ask({ ...frame, retry: true }, { type: "ack" }), first);
      assert.deepEqual(await bobs.next({ type: "message" }), message);
      for (const reused of [{ body: "other" }, { channel: `user:${carol.username}` }]) {
        const answer = await alices.ask({ ...frame, ...reused, retry: true }, { id: "m1" });
        assert.equal(answer.code, "id-reused", JSON.stringify(reused));
      }
      assert.equal((await stored(alices, a)).length, 1);
      assert.equal((await stored(bobs, b)).length, 1);
      const carols = await scene.connect(carol);
      assert.deepEqual(await stored(carols, `user:${carol.username}`), []);
    });
  });
}
