import assert from "node:assert/strict";
import { deliverToUser } from "../../functions/domain/delivery";
import { createLog } from "../../functions/domain/log";
import { forEachBounded } from "../../functions/domain/retry";
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

  it("counts a message as sent even when a stale session cannot be removed", async () => {
    const sessions = [session("gone"), session("old", { expires: 1 }), session("well")];
    const store: Partial<SessionStore> = {
      page: async () => ({ sessions }),
      remove: () => Promise.reject(new Error("throttled")),
    };
    const connections = {
      post: async (connectionId: string) => {
        if (connectionId === "gone") throw Object.assign(new Error(), { name: "GoneException" });
      },
      close: async () => {},
    };
    const backend = { store: store as SessionStore, connections };
    const tally = await deliverToUser(backend, "bob", "{}", Date.now() + 5000, createLog({}));
    assert.deepEqual(tally, { delivered: 1, gone: 1, expired: 1, failed: 0 });
    const told = logs.map(({ level, recipient, reason }) => [level, recipient, reason].join(" "));
    assert.deepEqual(told.sort(), ["error gone throttled", "error old throttled"]);
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
