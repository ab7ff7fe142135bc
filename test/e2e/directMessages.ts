import assert from "node:assert/strict";
import {
  assertNothingCame,
  bodiesOf,
  nextMessages,
  offsetsOf,
  publish,
  setScene,
  stored,
  subscribe,
} from "./scene";
import type { Target } from "./target";
import { newUsername } from "./users";

export function describeDirectMessages(getTarget: () => Target): void {
  describe("direct messages", () => {
    const scene = setScene(getTarget);

    it("reach every session of the recipient and every other one of the sender", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const onlooker = await scene.connect(await scene.user("onlooker"));
      const [alice1, alice2, bob1, bob2] = [
        await scene.connect(alice),
        await scene.connect(alice),
        await scene.connect(bob),
        await scene.connect(bob),
      ];
      const [from, to] = [`user:${alice.username}`, `user:${bob.username}`];
      const body = { text: "hello" };
      const frame = { action: "send", id: "m1", channel: to, body };
      const ack = await alice1.ask(frame, { type: "ack" });
      const { epoch } = ack;
      assert.equal(typeof epoch, "string");
      assert.deepEqual(ack, { type: "ack", id: "m1", channel: from, to, epoch, offset: 1 });

      const { sentAt, ...copy } = await alice2.next({ type: "message" });
      assert.deepEqual(copy, {
        ...{ type: "message", channel: from, to, epoch, offset: 1 },
        ...{ id: "m1", from: alice.username, body },
      });
      for (const recipient of [bob1, bob2]) {
        const { epoch: itsEpoch, ...message } = await recipient.next({ type: "message" });
        assert.notEqual(itsEpoch, epoch);
        assert.deepEqual(message, {
          ...{ type: "message", channel: to, offset: 1, id: "m1" },
          ...{ from: alice.username, sentAt, body },
        });
      }
      const [back] = await publish(bob2, from, 2);
      assert.deepEqual([back!.channel, back!.to, back!.offset], [to, from, 2]);
      for (const connection of [alice1, alice2, bob1]) {
        const { id, offset } = await connection.next({ type: "message" });
        assert.deepEqual([id, offset], [back!.id, 2]);
      }
      await assertNothingCame(alice1, alice2, bob1, bob2, onlooker);
    });

    it("are stored in both inboxes", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [alices, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const [a, b] = [`user:${alice.username}`, `user:${bob.username}`];
      await publish(alices, b, "there");
      await publish(bobs, a, "and back");
      const view = (messages: Record<string, unknown>[]) =>
        messages.map(({ channel, to, from, offset, body }) => ({
          channel,
          to,
          from,
          offset,
          body,
        }));
      const [first, second] = [
        { from: alice.username, offset: 1, body: "there" },
        { from: bob.username, offset: 2, body: "and back" },
      ];
      assert.deepEqual(view(await stored(alices, a)), [
        { channel: a, to: b, ...first },
        { channel: a, to: undefined, ...second },
      ]);
      assert.deepEqual(view(await stored(bobs, b)), [
        { channel: b, to: undefined, ...first },
        { channel: b, to: a, ...second },
      ]);
    });

    it("are all recovered by one position, whoever they were with", async () => {
      const [alice, bob, carol] = [
        await scene.user("alice"),
        await scene.user("bob"),
        await scene.user("carol"),
      ];
      const [alices, carols, phone, laptop] = [
        await scene.connect(alice),
        await scene.connect(carol),
        await scene.connect(bob, "phone"),
        await scene.connect(bob, "laptop"),
      ];
      const inbox = `user:${bob.username}`;
      await publish(alices, inbox, "seen");
      const { epoch, offset } = await laptop.next({ type: "message" });
      await laptop.kill();
      await publish(alices, inbox, "from alice");
      await publish(carols, inbox, "from carol");
      await publish(phone, `user:${alice.username}`, "to alice");
      await publish(phone, inbox, "to myself");

      const again = await scene.connect(bob, "laptop");
      const { recovered, messages, more } = await subscribe(again, inbox, { epoch, offset });
      assert.deepEqual([recovered, more], [true, undefined]);
      assert.deepEqual(bodiesOf(messages), ["from alice", "from carol", "to alice", "to myself"]);
      assert.deepEqual(offsetsOf(messages), [2, 3, 4, 5]);
      assert.equal(messages[2].to, `user:${alice.username}`);
    });

    it("to oneself are stored once, and reach the other sessions", async () => {
      const alice = await scene.user("alice");
      const [desk, phone] = [await scene.connect(alice), await scene.connect(alice)];
      const inbox = `user:${alice.username}`;
      const [ack] = await publish(desk, inbox, "note");
      assert.deepEqual([ack!.channel, ack!.to, ack!.offset], [inbox, inbox, 1]);
      assert.deepEqual(bodiesOf(await nextMessages(phone, inbox, 1)), ["note"]);
      assert.equal((await stored(desk, inbox)).length, 1);
      await assertNothingCame(desk, phone);
    });

    it("wait for somebody who is not there, whatever the name", async () => {
      const alice = await scene.user("alice");
      const connection = await scene.connect(alice);
      const inbox = `user:${alice.username}`;
      // Names that are a part of the channel's, and signs that a pattern would make something of.
      for (const [index, name] of [
        newUsername("absent"),
        "user",
        "u",
        ":",
        "$&",
        "a/b",
      ].entries()) {
        const to = `user:${name}`;
        const [ack] = await publish(connection, to, name);
        assert.deepEqual([ack!.channel, ack!.to, ack!.offset], [inbox, to, index + 1]);
      }
    });

    it("are recovered from the first on by who has never had any", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [alices, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const inbox = `user:${bob.username}`;
      const { epoch, offset, messages } = await subscribe(bobs, inbox);
      assert.deepEqual([offset, messages], [0, []]);
      await bobs.close();
      await publish(alices, inbox, 1, 2);
      const back = await subscribe(await scene.connect(bob), inbox, { epoch, offset });
      assert.equal(back.recovered, true);
      assert.deepEqual(bodiesOf(back.messages), [1, 2]);
    });
  });
}
