import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { call, Connection } from "./client";
import type { Target } from "./target";
import { newUser, type User } from "./users";

export function describeMessages(getTarget: () => Target): void {
  describe("frames", () => {
    let target: Target;
    let alice: User;
    let bob: User;
    let connections: Connection[];

    // New users for each test: a connection that the test before closed may still take messages for a moment.
    beforeEach(async () => {
      target = getTarget();
      alice = await newUser(target, "alice");
      bob = await newUser(target, "bob");
      connections = [];
    });

    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    });

    async function connect(user: User, session?: string): Promise<Connection> {
      const connection = await Connection.open(target, { token: user.access, session });
      connections.push(connection);
      return connection;
    }

    it("answers ping", async () => {
      const connection = await connect(alice);
      assert.deepEqual(await connection.ask({ action: "ping" }, {}), { type: "pong" });
    });

    it("answers info", async () => {
      const connection = await connect(alice);
      if (target.differences.includes("templates-not-evaluated")) {
        const { notJson } = await connection.ask({ action: "info" }, {});
        assert.match(notJson, /"connectionId":"\$context\.connectionId"/);
        return;
      }
      const info = await connection.ask({ action: "info" }, { type: "info" });
      assert.deepEqual(Object.keys(info).sort(), [
        "connectedAt",
        "connectionId",
        "domainName",
        "stage",
        "type",
      ]);
      assert.equal(info.stage, "ws");
      assert.equal(typeof info.connectedAt, "number");
      const { body } = await call(target, "GET", "/sessions", { token: alice.access });
      assert.ok(
        body.sessions.some(
          ({ connectionId }: { connectionId: string }) => connectionId === info.connectionId,
        ),
      );
    });

    it("echoes any JSON", async () => {
      const connection = await connect(alice);
      for (const [index, body] of [null, "text", 1.5, [1, [2]], { deep: { ü: "✓" } }].entries()) {
        const id = String(index);
        const answer = await connection.ask({ action: "echo", id, body }, { id });
        assert.deepEqual(answer, { type: "echo", id, body });
      }
    });

    it("says what is wrong with a frame, and goes on", async () => {
      const connection = await connect(alice);
      const cases: { frame: unknown; code: string; message: RegExp }[] = [
        { frame: { action: "dance" }, code: "unknown-action", message: /dance/ },
        { frame: { hello: 1 }, code: "invalid-frame", message: /action/ },
        { frame: "no JSON", code: "invalid-frame", message: /JSON/ },
        { frame: { action: "echo" }, code: "invalid-frame", message: /body/ },
        { frame: { action: "send", body: 1 }, code: "invalid-frame", message: /channel/ },
        {
          frame: { action: "send", channel: 7, body: 1 },
          code: "invalid-frame",
          message: /channel/,
        },
        {
          frame: { action: "send", channel: `user:${bob.username}` },
          code: "invalid-frame",
          message: /body/,
        },
        {
          frame: { action: "send", channel: `user:${bob.username}`, body: 1, extra: 1 },
          code: "invalid-frame",
          message: /extra/,
        },
        {
          frame: { action: "send", channel: "unknown:1", body: 1 },
          code: "unknown-channel",
          message: /user/,
        },
      ];
      for (const { frame, code, message } of cases) {
        const answer = await connection.ask(frame, { type: "error" });
        assert.equal(answer.code, code, JSON.stringify(frame));
        assert.match(answer.message, message);
      }
      assert.deepEqual(await connection.ask({ action: "ping" }, {}), { type: "pong" });
    });

    it("gives the id of a wrong frame back", async () => {
      const connection = await connect(alice);
      const answer = await connection.ask({ action: "send", id: "wrong", body: 1 }, {});
      assert.equal(answer.id, "wrong");
    });

    it("forgets a session that was lost without a close", async () => {
      const sender = await connect(alice);
      const kept = await connect(bob, "kept");
      const lost = await Connection.open(target, { token: bob.access, session: "lost" });
      await lost.kill();
      const channel = `user:${bob.username}`;
      // Until API Gateway knows that the socket is gone it takes messages for it.
      let sent = 0;
      do {
        await sleep(sent === 0 ? 0 : 100);
        await sender.ask({ action: "send", channel, body: ++sent }, { type: "ack" });
        assert.equal((await kept.next({ type: "message" })).body, sent);
      } while ((await sessionKeys(bob)).length > 1);
      assert.deepEqual(await sessionKeys(bob), ["kept"]);
    });

    it("removes a session whose connection is answered with 410", async function () {
      if (target.storeSession === undefined) {
        // Only a test with access to the table can make the row that a lost $disconnect leaves behind.
        return this.skip();
      }
      const sender = await connect(alice);
      const kept = await connect(bob, "kept");
      await target.storeSession({
        username: bob.username,
        sessionKey: "stale",
        connectionId: "bm90LXRoZXJl",
        connectedAt: Date.now() - 60_000,
        expires: Math.floor(Date.now() / 1000) + 600,
        credentialExpires: Math.floor(Date.now() / 1000) + 600,
      });
      assert.deepEqual(await sessionKeys(bob), ["kept", "stale"]);
      const channel = `user:${bob.username}`;
      await sender.ask({ action: "send", channel, body: 1 }, { type: "ack" });
      assert.equal((await kept.next({ type: "message" })).body, 1);
      assert.deepEqual(await sessionKeys(bob), ["kept"]);
    });

    async function sessionKeys(user: User): Promise<string[]> {
      const { body } = await call(target, "GET", "/sessions", { token: user.access });
      return body.sessions.map(({ sessionKey }: { sessionKey: string }) => sessionKey).sort();
    }
  });
}
