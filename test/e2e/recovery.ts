import assert from "node:assert/strict";
import type { Frame } from "./client";
import {
  bodiesOf,
  newChannel,
  nextMessages,
  offsetsOf,
  publish,
  setScene,
  subscribe,
} from "./scene";
import type { Target } from "./target";

export function describeRecovery(getTarget: () => Target): void {
  describe("recovery", () => {
    const scene = setScene(getTarget);

    it("gives who was away exactly what was missed, in order, and goes on", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, lost] = [await scene.connect(alice), await scene.connect(bob, "phone")];
      const channel = newChannel("room");
      await subscribe(lost, channel);
      await publish(publisher, channel, 1, 2);
      const { epoch, offset } = (await nextMessages(lost, channel, 2))[1]!;
      await lost.kill();
      await publish(publisher, channel, 3, 4, 5);

      const again = await scene.connect(bob, "phone");
      const answer = await subscribe(again, channel, { epoch, offset });
      assert.deepEqual([answer.recovered, answer.more], [true, undefined]);
      assert.deepEqual([answer.epoch, answer.offset], [epoch, 5]);
      assert.deepEqual(bodiesOf(answer.messages), [3, 4, 5]);
      assert.deepEqual(offsetsOf(answer.messages), [3, 4, 5]);
      await publish(publisher, channel, 6);
      assert.equal((await again.next({ type: "message" })).offset, 6);
      assert.ok(!again.unread.some(({ type }) => type === "message"));
    });

    it("gives the frames that were delivered", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      const { epoch, offset } = await subscribe(subscriber, channel);
      await publish(publisher, channel, "✓", { deep: [null] });
      const delivered = await nextMessages(subscriber, channel, 2);
      const { messages } = await subscribe(subscriber, channel, { epoch, offset });
      assert.deepEqual(messages, delivered);
    });

    it("gives nothing to who missed nothing, and all from where an empty log began", async () => {
      const connection = await scene.connect(await scene.user("alice"));
      const channel = newChannel("room");
      const empty = await subscribe(connection, channel);
      const still = await subscribe(connection, channel, at(empty));
      assert.deepEqual([still.recovered, still.offset, still.messages], [true, 0, []]);
      const acks = await publish(connection, channel, 1, 2, 3);
      const first = await subscribe(connection, channel, at(empty));
      assert.deepEqual([first.recovered, bodiesOf(first.messages)], [true, [1, 2, 3]]);
      const before = await subscribe(connection, channel, { epoch: acks[0]!.epoch, offset: 0 });
      assert.deepEqual([before.recovered, bodiesOf(before.messages)], [true, [1, 2, 3]]);
      const latest = await subscribe(connection, channel, at(acks[2]!));
      assert.deepEqual([latest.recovered, latest.messages], [true, []]);
    });

    it("says so where the log is another one", async () => {
      const connection = await scene.connect(await scene.user("alice"));
      const channel = newChannel("room");
      const [ack] = await publish(connection, channel, 1);
      for (const position of [
        { epoch: "abcdefgh-0123456789ab", offset: 1 },
        { epoch: ack!.epoch, offset: 2 },
        // Longer ago than anything is kept.
        { epoch: "empty-1000", offset: 0 },
      ]) {
        const answer = await subscribe(connection, channel, position);
        assert.deepEqual(
          [answer.recovered, answer.messages, answer.epoch, answer.offset],
          [false, [], ack!.epoch, 1],
          JSON.stringify(position),
        );
      }
      const nobody = await subscribe(connection, newChannel("room"), at(ack!));
      assert.deepEqual([nobody.recovered, nobody.offset], [false, 0]);
    });

    it("comes in pages where much was missed, beside what goes on", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      const begin = await subscribe(subscriber, channel);
      await subscriber.kill();
      await publish(publisher, channel, ...Array(8).fill("x".repeat(10_000)));

      const again = await scene.connect(bob);
      const answer = await subscribe(again, channel, at(begin));
      assert.deepEqual([answer.recovered, answer.more, answer.offset], [true, true, 8]);
      await publish(publisher, channel, "live");
      const got: Frame[] = [...answer.messages];
      for (let more = true; more;) {
        const after = got.at(-1)!.offset;
        const page = await again.ask({ action: "history", channel, after }, { type: "history" });
        assert.equal(page.epoch, answer.epoch);
        got.push(...page.messages);
        more = page.more;
      }
      assert.deepEqual(offsetsOf(got), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.equal((await again.next({ type: "message" })).offset, 9);
    });
  });
}

function at({ epoch, offset }: Frame): { epoch: string; offset: number } {
  return { epoch, offset };
}
