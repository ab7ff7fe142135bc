import assert from "node:assert/strict";
import { call } from "./client";
import type { Target } from "./target";
import { newUser, type User } from "./users";

export function describeHttp(getTarget: () => Target): void {
  describe("HTTP API", () => {
    let target: Target;
    let user: User;

    before(async () => {
      target = getTarget();
      user = await newUser(target, "asking");
    });

    it("tells its health to everybody", async () => {
      const { status, body } = await call(target, "GET", "/health");
      assert.equal(status, 200);
      assert.deepEqual(body, { status: "ok" });
    });

    it("tells users who they are, by either token", async () => {
      for (const use of ["id", "access"] as const) {
        const { status, body } = await call(target, "GET", "/me", { token: user[use] });
        assert.equal(status, 200);
        const { expiresAt, ...me } = body;
        assert.deepEqual(me, { username: user.username, groups: [], tokenUse: use });
        assert.ok(expiresAt > Date.now());
      }
    });

    it("answers 401 without a token, and with one that is not the pool's", async () => {
      const broken = `${user.access.slice(0, -8)}AAAAAAAA`;
      for (const token of [undefined, "garbage", broken]) {
        for (const path of ["/me", "/sessions", "/nothing"]) {
          assert.equal(
            (await call(target, "GET", path, { token })).status,
            401,
            `${token} ${path}`,
          );
        }
      }
    });

    it("answers 403 to who comes around the distribution", async () => {
      if (Object.keys(target.originHeaders).length > 0) {
        const around = { ...target, originHeaders: {} };
        for (const path of ["/me", "/health"]) {
          const answer = await call(around, "GET", path, { token: user.access });
          assert.equal(answer.status, 403);
          assert.equal(answer.contentType, "application/problem+json");
        }
      }
    });

    it("writes problem documents", async () => {
      const token = user.access;
      const cases = [
        { method: "GET", path: "/nothing", status: 404 },
        { method: "PUT", path: "/me", status: 405 },
        { method: "DELETE", path: "/sessions/unknown", status: 404 },
        { method: "GET", path: "/sessions?limit=0", status: 400, field: "limit" },
        { method: "POST", path: "/messages", body: "no JSON", status: 400, field: "" },
        { method: "POST", path: "/messages", body: { body: 1 }, status: 400, field: "channel" },
        {
          method: "POST",
          path: "/messages",
          body: { channel: "user:x", body: 1, to: 1 },
          status: 400,
          field: "to",
        },
        { method: "POST", path: "/messages", body: { channel: "unknown:x", body: 1 }, status: 404 },
      ];
      for (const { method, path, body, status, field } of cases) {
        const answer = await call(target, method, path, { token, body });
        assert.equal(answer.status, status, `${method} ${path}`);
        assert.equal(answer.contentType, "application/problem+json");
        assert.equal(answer.body.status, status);
        assert.equal(typeof answer.body.title, "string");
        assert.equal(typeof answer.body.detail, "string");
        if (field !== undefined) {
          assert.deepEqual(
            answer.body.errors.map((error: { field: string }) => error.field),
            [field],
          );
        }
      }
    });
  });
}
