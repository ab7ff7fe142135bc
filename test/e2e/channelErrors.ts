import assert from "node:assert/strict";
import { newChannel, publish, setScene, stored, subscribe } from "./scene";
import type { Target } from "./target";

/** With its envelope more than a message may have, 127 KB, though the frame that carries it is under 128 KB. */
const tooLong = "x".repeat(127 * 1024);

interface Case {
  frame: Record<string, unknown>;
  code: string;
  /** The fault is in a field that the message names. */
  field?: string;
}

export function describeChannelErrors(getTarget: () => Target): void {
  describe("a frame about a channel that is wrong", () => {
    const scene = setScene(getTarget);

    it("is answered with a code, and changes nothing", async () => {
      const user = await scene.user("alice");
      const connection = await scene.connect(user);
      const room = newChannel("room");
      const send = { action: "send", channel: room, body: 1 };
      const subscribes = { action: "subscribe", channel: room };
      const history = { action: "history", channel: room };
      const invalid = (frame: object, field: string): Case => ({
        ...{ frame: { ...frame }, code: "invalid-frame", field },
      });
      const names = [
        ...["room", "room:", ":x", "Room:x", "1room:x", "ro_om:x", "room:a b", "room:\n", ""],
        ...[`room:${"x".repeat(129)}`, `${"r".repeat(33)}:x`, 7, null, ["room:x"]],
      ];
      const cases: Case[] = [
        ...["send", "subscribe", "unsubscribe", "history", "presence"].flatMap((action) => {
          const body = action === "send" ? { body: 1 } : {};
          return [
            { frame: { action, ...body, channel: "unknown:x" }, code: "unknown-channel" },
            invalid({ action, ...body }, "channel"),
            invalid({ action, ...body, channel: room, extra: 1 }, "extra"),
            invalid({ action, ...body, channel: "room:a b" }, "channel"),
          ];
        }),
        ...names.map((channel) => invalid({ ...send, channel }, "channel")),
        invalid({ action: "send", channel: room }, "body"),
        invalid({ ...send, retry: "yes" }, "retry"),
        invalid({ ...subscribes, channel: `user:${"x".repeat(129)}` }, "channel"),
        { frame: { ...send, channel: newChannel("news") }, code: "forbidden" },
        ...[
          { epoch: "", offset: 1 },
          { epoch: "no epoch", offset: 1 },
          { epoch: "abc-123", offset: -1 },
          { epoch: "abc-123", offset: 1.5 },
          { epoch: "abc-123", offset: "1" },
          { epoch: "abc-123" },
          { epoch: "empty-1000", offset: 1 },
          { offset: 1 },
          "abc-123",
          null,
        ].map((position) => ({ frame: { ...subscribes, position }, code: "invalid-position" })),
        { frame: { ...history, channel: newChannel("live") }, code: "no-history" },
        invalid({ ...history, after: 1, before: 2 }, "before"),
        ...[0, 201, 1.5, "1"].map((limit) => invalid({ ...history, limit }, "limit")),
        ...[-1, 0.5, "1"].map((after) => invalid({ ...history, after }, "after")),
        invalid({ ...history, before: -1 }, "before"),
        { frame: { action: "presence", channel: `my:${user.username}` }, code: "no-presence" },
        { frame: { action: "presence", channel: `user:${user.username}` }, code: "no-presence" },
        invalid({ action: "presence", channel: room, after: "no user" }, "after"),
      ];
      for (const [index, { frame, code, field }] of cases.entries()) {
        const id = String(index);
        const answer = await connection.ask({ ...frame, id }, { id });
        assert.deepEqual([answer.type, answer.code], ["error", code], JSON.stringify(frame));
        assert.ok(field === undefined || answer.message.includes(field), answer.message);
      }
      const unnamed = await connection.ask({ ...send, retry: true }, {});
      assert.equal(unnamed.code, "invalid-frame");
      assert.match(unnamed.message, /id/);
      assert.deepEqual(await stored(connection, room), []);
      const users = await connection.ask({ action: "presence", channel: room }, {});
      assert.deepEqual(users.users, []);
    });

    it("is too large only beyond what a message may have", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [publisher, subscriber] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      await subscribe(subscriber, channel);
      publisher.sendFragmented({ action: "send", id: "large", channel, body: tooLong });
      assert.equal((await publisher.next({ id: "large" })).code, "too-large");
      const body = tooLong.slice(1024);
      publisher.sendFragmented({ action: "send", id: "fits", channel, body });
      assert.equal((await publisher.next({ id: "fits" })).offset, 1);
      assert.equal((await subscriber.next({ type: "message" })).body, body);
    });

    it("is one on a connection that has no session any more", async function () {
      const { target } = scene;
      if (target.storeSession === undefined) return this.skip();
      const alice = await scene.user("alice");
      const connection = await scene.connect(alice, "taken");
      const expires = Math.floor(Date.now() / 1000) + 600;
      await target.storeSession({
        ...{ username: alice.username, sessionKey: "taken", connectionId: "bm90LXRoZXJl" },
        ...{ connectedAt: Date.now() - 60_000, expires, credentialExpires: expires },
      });
      const channel = newChannel("room");
      const answer = await connection.ask({ action: "subscribe", channel }, { type: "error" });
      assert.equal(answer.code, "session-expired");
      assert.deepEqual((await publish(connection, channel, 1)).length, 1);
    });
  });
}
