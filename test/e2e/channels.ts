import assert from "node:assert/strict";
import {
  assertNothingCame,
  bodiesOf,
  newChannel,
  nextMessages,
  offsetsOf,
  publish,
  setScene,
  stored,
  subscribe,
} from "./scene";
import type { Target } from "./target";
import { addToGroup } from "./users";

export function describeChannels(getTarget: () => Target): void {
  describe("channels", () => {
    const scene = setScene(getTarget);

    it("give each subscriber every message with its place, in order", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [desk, phone, bobs] = [
        await scene.connect(alice),
        await scene.connect(alice),
        await scene.connect(bob),
      ];
      const channel = newChannel("room");
      for (const connection of [desk, phone]) await subscribe(connection, channel);
      const { epoch: empty, ...begun } = await bobs.ask(
        { action: "subscribe", id: "s", channel },
        { type: "subscribed" },
      );
      assert.deepEqual(begun, { type: "subscribed", id: "s", channel, offset: 0, messages: [] });
      assert.match(empty, /^empty-\d+$/);

      const before = Date.now();
      const body = { text: "hello" };
      const ack = await desk.ask({ action: "send", id: "m1", channel, body }, { type: "ack" });
      const { epoch } = ack;
      assert.equal(typeof epoch, "string");
      assert.deepEqual(ack, { type: "ack", id: "m1", channel, epoch, offset: 1 });
      for (const recipient of [phone, bobs]) {
        const { sentAt, ...message } = await recipient.next({ type: "message" });
        assert.deepEqual(message, {
          ...{ type: "message", channel, epoch, offset: 1 },
          ...{ id: "m1", from: alice.username, body },
        });
        assert.equal(new Date(sentAt).toISOString(), sentAt);
        // A minute's grace for the clock of a service that runs elsewhere.
        assert.ok(Math.abs(Date.parse(sentAt) - before) < 60_000);
      }

      const acks = [
        ...(await publish(desk, channel, 2, 3)),
        ...(await publish(bobs, channel, 4)),
        ...(await publish(desk, channel, 5)),
      ];
      assert.deepEqual(offsetsOf(acks), [2, 3, 4, 5]);
      assert.deepEqual([...new Set(acks.map((one) => one.epoch))], [epoch]);
      const messages = await nextMessages(phone, channel, 4);
      assert.deepEqual(bodiesOf(messages), [2, 3, 4, 5]);
      assert.deepEqual(offsetsOf(messages), [2, 3, 4, 5]);
      assert.deepEqual(bodiesOf(await nextMessages(bobs, channel, 3)), [2, 3, 5]);
      assert.deepEqual(bodiesOf(await nextMessages(desk, channel, 1)), [4]);
      // Other frames are about who joined.
      for (const connection of [desk, phone, bobs]) {
        assert.ok(connection.unread.every(({ type }) => type === "presence"));
      }
    });

    it("are told apart", async () => {
      const user = await scene.user("alice");
      const [publisher, subscriber] = [await scene.connect(user), await scene.connect(user)];
      const [one, other] = [newChannel("my"), newChannel("my")].map((name) =>
        name.replace("my:", `my:${user.username}/`),
      ) as [string, string];
      await subscribe(subscriber, one);
      const [inOther] = await publish(publisher, other, "other");
      const [inOne] = await publish(publisher, one, "one");
      assert.deepEqual([inOther!.offset, inOne!.offset], [1, 1]);
      assert.notEqual(inOther!.epoch, inOne!.epoch);
      assert.equal((await subscriber.next({ type: "message" })).body, "one");
      await assertNothingCame(publisher, subscriber);
    });

    it("need no subscription to publish, and send once to who subscribes twice", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("live");
      await subscribe(subscriber, channel);
      await subscribe(subscriber, channel);
      await publish(publisher, channel, "once");
      assert.equal((await subscriber.next({ type: "message" })).body, "once");
      await assertNothingCame(publisher, subscriber);
    });

    it("send nothing after an unsubscribe, and take one that comes twice", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("live");
      await subscribe(subscriber, channel);
      for (const id of ["first", "second"]) {
        const answer = await subscriber.ask({ action: "unsubscribe", id, channel }, {});
        assert.deepEqual(answer, { type: "unsubscribed", id, channel });
      }
      await publish(publisher, channel, 1);
      await assertNothingCame(subscriber);
    });

    it("without history store nothing, and deliver all the same", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("live");
      assert.deepEqual(await subscribe(subscriber, channel), {
        ...{ type: "subscribed", channel, messages: [] },
      });
      const frame = { action: "send", id: "m1", channel, body: [1] };
      assert.deepEqual(await publisher.ask(frame, {}), { type: "ack", id: "m1", channel });
      const { sentAt, ...message } = await subscriber.next({ type: "message" });
      assert.deepEqual(message, {
        ...{ type: "message", channel, id: "m1", from: alice.username, body: [1] },
      });
      assert.equal(typeof sentAt, "string");
      const away = await subscribe(subscriber, channel, { epoch: "abc-123", offset: 1 });
      assert.equal(away.recovered, false);
      assert.deepEqual(away.messages, []);
    });

    it("take 100 for one connection, and no more", async () => {
      const connection = await scene.connect(await scene.user("many"));
      const base = newChannel("live");
      for (let begin = 0; begin < 100; begin += 20) {
        const channels = Array.from({ length: 20 }, (_, i) => `${base}-${begin + i}`);
        await Promise.all(channels.map((channel) => subscribe(connection, channel)));
      }
      const another = { action: "subscribe", id: "101", channel: `${base}-100` };
      const refused = await connection.ask(another, { id: "101" });
      assert.equal(refused.code, "too-many-subscriptions");
      assert.equal((await subscribe(connection, `${base}-0`)).type, "subscribed", "one of the 100");
      await connection.ask({ action: "unsubscribe", channel: `${base}-0` }, {});
      assert.equal((await connection.ask(another, { id: "101" })).type, "subscribed");
    });
  });

  describe("access to channels", () => {
    const scene = setScene(getTarget);

    it("lets the members of a group publish, and everyone listen", async () => {
      const [promoted, reader] = [await scene.user("moderator"), await scene.user("reader")];
      const moderator = await addToGroup(scene.target, promoted, "moderators");
      const [publisher, subscriber, early] = [
        await scene.connect(moderator),
        await scene.connect(reader),
        // The groups are those of the token.
        await scene.connect(promoted),
      ];
      const channel = newChannel("news");
      await subscribe(subscriber, channel);
      for (const other of [subscriber, early]) {
        const frame = { action: "send", id: "no", channel, body: 1 };
        assert.equal((await other.ask(frame, { id: "no" })).code, "forbidden");
      }
      const [ack] = await publish(publisher, channel, "announced");
      assert.equal(ack!.offset, 1, "what was refused is not stored");
      assert.equal((await subscriber.next({ type: "message" })).body, "announced");
      assert.deepEqual(bodiesOf(await stored(subscriber, channel)), ["announced"]);
    });

    it("leaves an owner's channels to the owner", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [owners, others] = [await scene.connect(alice), await scene.connect(bob)];
      for (const channel of [`my:${alice.username}`, `my:${alice.username}/notes/1`]) {
        await subscribe(owners, channel);
        await publish(owners, channel, "mine");
        for (const action of ["subscribe", "history", "presence", "send"]) {
          const frame = { action, id: action, channel, ...(action === "send" && { body: 1 }) };
          const { code } = await others.ask(frame, { id: action });
          assert.equal(code, "forbidden", `${action} ${channel}`);
        }
        assert.deepEqual(bodiesOf(await stored(owners, channel)), ["mine"]);
      }
      // A name that begins with the owner's is not the owner's.
      const frame = { action: "subscribe", channel: `my:${alice.username}x` };
      assert.equal((await owners.ask(frame, {})).code, "forbidden");
    });

    it("leaves an inbox to its user, whose messages always come", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const connection = await scene.connect(bob);
      const inbox = `user:${alice.username}`;
      for (const action of ["subscribe", "history"]) {
        const { code } = await connection.ask({ action, id: action, channel: inbox }, {});
        assert.equal(code, "forbidden", action);
      }
      const frame = { action: "unsubscribe", channel: `user:${bob.username}` };
      assert.equal((await connection.ask(frame, {})).code, "forbidden");
    });
  });
}
