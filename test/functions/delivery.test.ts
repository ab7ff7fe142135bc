import assert from "node:assert/strict";
import type { Delivering } from "../../functions/domain/backend";
import { deliverToUser } from "../../functions/domain/delivery";
import { createLog } from "../../functions/domain/log";
import { allDone, forEachBounded } from "../../functions/domain/retry";
import type { Session, SessionStore } from "../../functions/domain/sessions";
import { captureLogs } from "./support/logs";

describe("delivery", () => {
  const logs = captureLogs();
  const expires = Math.floor(Date.now() / 1000) + 600;
  const session = (connectionId: string, values: Partial<Session> = {}): Session => ({
    username: "bob",
    sessionKey: connectionId,
    connectionId,
    connectedAt: 0,
    expires,
    credentialExpires: expires,
    ...values,
  });

  it("goes on when a stale session cannot be removed", async () => {
    const all = [session("gone"), session("old", { expires: 1 }), session("well")];
    const sessions: Partial<SessionStore> = {
      page: async () => ({ sessions: all }),
      remove: () => Promise.reject(new Error("throttled")),
    };
    const connections = {
      post: async (connectionId: string) => {
        if (connectionId === "gone") throw Object.assign(new Error(), { name: "GoneException" });
      },
      close: async () => {},
    };
    const backend = { sessions, connections } as unknown as Delivering;
    await deliverToUser(backend, "bob", "{}", Date.now() + 5000, createLog({}));
    const { delivered, gone, expired, failed } = logs.at(-1)!;
    assert.deepEqual(
      { delivered, gone, expired, failed },
      { delivered: 1, gone: 1, expired: 1, failed: 0 },
    );
    const errors = logs.filter((line) => line.level === "error");
    assert.deepEqual(errors.map(({ recipient, reason }) => [recipient, reason].join(" ")).sort(), [
      "gone throttled",
      "old throttled",
    ]);
  });

  it("waits for both of two works, also when one fails", async () => {
    let isDone = false;
    const slow = new Promise<void>((resolve) => {
      setImmediate(() => {
        isDone = true;
        resolve();
      });
    });
    await assert.rejects(allDone([Promise.reject(new Error("first")), slow]), /first/);
    assert.ok(isDone);
    assert.deepEqual(await allDone([Promise.resolve(1), Promise.resolve("b")]), [1, "b"]);
  });

  it("runs every task, some at a time, before it reports a failure", async () => {
    const done: number[] = [];
    let running = 0;
    let peak = 0;
    const task = async (item: number) => {
      peak = Math.max(peak, ++running);
      await new Promise(setImmediate);
      running--;
      if (item % 2 === 0) throw new Error(`item ${item}`);
      done.push(item);
    };
    await assert.rejects(forEachBounded([1, 2, 3, 4, 5], 2, task), /item 2/);
    assert.deepEqual(done, [1, 3, 5]);
    assert.equal(peak, 2);
    await forEachBounded([], 2, task);
  });
});
