import assert from "node:assert/strict";
import { call, Connection } from "./client";
import type { Target } from "./target";
import { newUser, type User } from "./users";

export function describeSessions(getTarget: () => Target): void {
  describe("sessions", () => {
    let target: Target;
    let user: User;

    beforeEach(async () => {
      target = getTarget();
      user = await newUser(target, "many");
    });

    async function connect(session: string): Promise<Connection> {
      return await Connection.open(target, { token: user.access, session });
    }

    async function sessions(): Promise<Record<string, any>[]> {
      const { status, body } = await call(target, "GET", "/sessions", { token: user.access });
      assert.equal(status, 200);
      return body.sessions;
    }

    it("lists them, with where they come from", async () => {
      const connections = [await connect("desk"), await connect("phone")];
      const listed = await sessions();
      assert.deepEqual(listed.map(({ sessionKey }) => sessionKey).sort(), ["desk", "phone"]);
      for (const session of listed) {
        assert.equal(typeof session.connectionId, "string");
        assert.ok(session.connectedAt <= Date.now() + 60_000);
        assert.ok(session.expiresAt > Date.now());
        assert.equal(typeof session.sourceIp, "string");
      }
      await Promise.all(connections.map((connection) => connection.close()));
    });

    it("shows nobody else's", async () => {
      const connection = await connect("mine");
      const other = await newUser(target, "other");
      const { body } = await call(target, "GET", "/sessions", { token: other.access });
      assert.deepEqual(body.sessions, []);
      const { status } = await call(target, "DELETE", "/sessions/mine", { token: other.access });
      assert.equal(status, 404);
      await connection.close();
    });

    it("forgets one that its client closes", async () => {
      const connection = await connect("brief");
      await connection.close();
      // $disconnect runs after the close, so the row may be there for a moment.
      while ((await sessions()).length > 0);
    });

    it("closes the older connection of the same key", async () => {
      const older = await connect("tab");
      const newer = await connect("tab");
      await older.closed;
      assert.equal((await sessions()).length, 1);
      assert.deepEqual(await newer.ask({ action: "ping" }, {}), { type: "pong" });
      await newer.close();
    });

    it("closes one", async () => {
      const [desk, phone] = [await connect("desk"), await connect("phone")];
      const { status } = await call(target, "DELETE", "/sessions/phone", { token: user.access });
      assert.equal(status, 204);
      await phone.closed;
      assert.deepEqual(
        (await sessions()).map(({ sessionKey }) => sessionKey),
        ["desk"],
      );
      assert.deepEqual(await desk.ask({ action: "ping" }, {}), { type: "pong" });
      const again = await call(target, "DELETE", "/sessions/phone", { token: user.access });
      assert.equal(again.status, 404);
      assert.equal(again.contentType, "application/problem+json");
      await desk.close();
    });

    it("closes all", async () => {
      const connections = [await connect("one"), await connect("two"), await connect("three")];
      const { status, body } = await call(target, "DELETE", "/sessions", { token: user.access });
      assert.equal(status, 200);
      assert.deepEqual(body, { closed: 3 });
      await Promise.all(connections.map(({ closed }) => closed));
      assert.deepEqual(await sessions(), []);
    });
  });
}
