import assert from "node:assert/strict";
import { call, type HttpAnswer } from "./client";
import { bodiesOf, newChannel, offsetsOf, setScene, stored, subscribe } from "./scene";
import type { Target } from "./target";
import type { User } from "./users";

export function describeHttpChannels(getTarget: () => Target): void {
  describe("channels over HTTP", () => {
    const scene = setScene(getTarget);

    async function post(user: User, body: object): Promise<HttpAnswer> {
      return await call(scene.target, "POST", "/messages", { token: user.access, body });
    }

    async function get(user: User, channel: string, what: string): Promise<HttpAnswer> {
      const path = `/channels/${encodeURIComponent(channel)}/${what}`;
      return await call(scene.target, "GET", path, { token: user.access });
    }

    it("publish as a frame does", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [own, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const channel = newChannel("room");
      await subscribe(own, channel);
      await subscribe(bobs, channel);
      const message = { id: "m1", channel, body: ["hi"] };
      const { status, body: ack } = await post(alice, message);
      assert.equal(status, 200);
      const { epoch } = ack;
      assert.deepEqual(ack, { id: "m1", channel, epoch, offset: 1 });
      // The sender's own connection, too: it has had no acknowledgement.
      for (const connection of [own, bobs]) {
        const { sentAt, ...frame } = await connection.next({ type: "message" });
        assert.deepEqual(frame, { type: "message", ...ack, from: alice.username, body: ["hi"] });
        assert.equal(new Date(sentAt).toISOString(), sentAt);
      }
      const again = await post(alice, { ...message, retry: true });
      assert.deepEqual([again.status, again.body], [200, ack]);
      assert.equal((await stored(bobs, channel)).length, 1);
      const ephemeral = newChannel("live");
      const { body } = await post(alice, { id: "m2", channel: ephemeral, body: 1 });
      assert.deepEqual(body, { id: "m2", channel: ephemeral });
    });

    it("publish to users", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const [own, bobs] = [await scene.connect(alice), await scene.connect(bob)];
      const [from, to] = [`user:${alice.username}`, `user:${bob.username}`];
      const { status, body: ack } = await post(alice, { channel: to, body: 1 });
      assert.equal(status, 200);
      const { id, epoch } = ack;
      assert.deepEqual(ack, { id, channel: from, to, epoch, offset: 1 });
      assert.equal((await bobs.next({ type: "message", channel: to })).id, id);
      const copy = await own.next({ type: "message", channel: from });
      assert.deepEqual([copy.id, copy.to, copy.epoch], [id, to, epoch]);
    });

    it("give the history as a frame does", async () => {
      const alice = await scene.user("alice");
      const connection = await scene.connect(alice);
      for (const channel of [newChannel("room"), `my:${alice.username}/für/später`]) {
        const empty = await get(alice, channel, "messages");
        assert.deepEqual([empty.status, empty.body.messages, empty.body.more], [200, [], false]);
        for (let i = 1; i <= 5; i++) await post(alice, { channel, body: i });
        const frame = { action: "history", channel };
        const { type, ...page } = await connection.ask(frame, { type: "history" });
        assert.equal(type, "history");
        assert.deepEqual((await get(alice, channel, "messages")).body, page);
        for (const [query, offsets, more] of [
          ["limit=2", [4, 5], true],
          ["after=0&limit=3", [1, 2, 3], true],
          ["after=3", [4, 5], false],
          ["before=3&limit=2", [1, 2], false],
        ] as const) {
          const { body } = await get(alice, channel, `messages?${query}`);
          assert.deepEqual(offsetsOf(body.messages), offsets, query);
          assert.deepEqual([body.more, body.offset, body.epoch], [more, 5, page.epoch], query);
        }
      }
    });

    it("show who is there", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const channel = newChannel("room");
      await subscribe(await scene.connect(bob), channel);
      const { status, body } = await get(alice, channel, "presence");
      assert.deepEqual([status, body], [200, { channel, users: [bob.username] }]);
      const after = await get(alice, channel, `presence?after=${bob.username}`);
      assert.deepEqual(after.body, { channel, users: [] });
    });

    it("answer what cannot be with a problem of the frame's code, and store nothing", async () => {
      const [alice, bob] = [await scene.user("alice"), await scene.user("bob")];
      const room = newChannel("room");
      await post(alice, { id: "used", channel: room, body: 1 });
      const others = `my:${bob.username}`;
      const mine = `my:${alice.username}`;
      const large = "x".repeat(127 * 1024);
      const cases: [answer: Promise<HttpAnswer>, status: number, code: string][] = [
        [post(alice, { channel: "unknown:x", body: 1 }), 404, "unknown-channel"],
        [get(alice, "unknown:x", "messages"), 404, "unknown-channel"],
        [get(alice, "unknown:x", "presence"), 404, "unknown-channel"],
        [post(alice, { channel: newChannel("news"), body: 1 }), 403, "forbidden"],
        [post(alice, { channel: others, body: 1 }), 403, "forbidden"],
        [get(alice, others, "messages"), 403, "forbidden"],
        [get(alice, others, "presence"), 403, "forbidden"],
        [get(alice, `user:${bob.username}`, "messages"), 403, "forbidden"],
        [get(alice, newChannel("live"), "messages"), 404, "no-history"],
        [get(alice, mine, "presence"), 404, "no-presence"],
        [post(alice, { channel: room, body: large }), 413, "too-large"],
        [post(alice, { id: "used", channel: room, body: 2, retry: true }), 409, "id-reused"],
        [post(alice, { channel: room, body: 2, retry: true }), 400, "invalid-request"],
        [post(alice, { channel: "room:a b", body: 2 }), 400, "invalid-request"],
        [get(alice, "room", "messages"), 400, "invalid-request"],
        [get(alice, "room:a b", "presence"), 400, "invalid-request"],
        [get(alice, room, "messages?after=1&before=2"), 400, "invalid-request"],
        [get(alice, room, "messages?limit=201"), 400, "invalid-request"],
        [get(alice, room, "messages?after=-1"), 400, "invalid-request"],
        [get(alice, room, "messages?page=2"), 400, "invalid-request"],
        [get(alice, room, "presence?limit=2"), 400, "invalid-request"],
      ];
      for (const [index, [answer, status, code]] of cases.entries()) {
        const { contentType, body, ...got } = await answer;
        assert.equal(got.status, status, `${index} ${code}`);
        assert.equal(contentType, "application/problem+json");
        assert.equal(body.type, `urn:switchboard:problem:${code}`, `${index}`);
        assert.deepEqual([body.status, typeof body.detail], [status, "string"]);
      }
      assert.deepEqual(bodiesOf((await get(alice, room, "messages")).body.messages), [1]);
      assert.deepEqual((await get(bob, others, "messages")).body.messages, []);
    });

    it("ask who it is", async () => {
      const channel = encodeURIComponent(newChannel("room"));
      for (const what of ["messages", "presence"]) {
        assert.equal((await call(scene.target, "GET", `/channels/${channel}/${what}`)).status, 401);
      }
    });
  });
}
