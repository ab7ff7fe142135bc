import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./client";
import { newChannel, publish, setScene, subscribe } from "./scene";
import { prefixOf, subscriberRows } from "./subscriberRows";
import type { Target } from "./target";
import { newUsername, signInByPassword, signUp, type User } from "./users";

/** More than the function that publishes posts to by itself. */
const many = 510;

export function describeFanout(getTarget: () => Target): void {
  describe("a channel of many", () => {
    const scene = setScene(getTarget);

    it("is delivered to the last, through the queue, and rid of who is gone", async function () {
      const { target } = scene;
      if (target.storeSubscriptions === undefined) {
        // More connections than a test opens: only one with access to the table can make up the others.
        return this.skip();
      }
      const channel = newChannel("live");
      const [publisher, early] = [
        await scene.connect(await scene.user("publisher")),
        await scene.connect(await userBetween(0, 0.1)),
      ];
      // In different parts of what the workers divide among them.
      const late: Connection[] = [];
      for (const [from, to] of [
        [0.2, 0.4],
        [0.4, 0.7],
        [0.7, 1],
      ] as const) {
        late.push(await scene.connect(await userBetween(from, to)));
      }
      const all = [publisher, early, ...late];
      for (const connection of all) await subscribe(connection, channel);
      await target.storeSubscriptions(subscriberRows(channel, many, { prefix: (at) => at < 0.1 }));

      const [ack] = await publish(publisher, channel, "to all");
      for (const connection of [early, ...late]) {
        const { body, id } = await connection.next({ type: "message" });
        assert.deepEqual([body, id], ["to all", ack!.id]);
      }
      // Workers may still be at the others.
      let present: string[];
      do {
        await sleep(50);
        const frame = { action: "presence", channel };
        present = (await publisher.ask(frame, { type: "presence" })).users;
      } while (present.some((name) => name.startsWith("ghost-")));
      assert.equal(present.length, all.length);

      await publish(publisher, channel, "again");
      for (const connection of [early, ...late]) {
        assert.equal((await connection.next({ type: "message" })).body, "again");
        assert.deepEqual(connection.unread, [], "each message came once");
      }
      assert.deepEqual(publisher.unread, [], "the publisher has the acknowledgement");
    });

    /** Someone new whose place among a channel's subscribers is in this part of them, from 0 to 1. */
    async function userBetween(from: number, to: number): Promise<User> {
      let username: string;
      do {
        username = newUsername("listener");
      } while (prefixOf(username) < from || prefixOf(username) >= to);
      await signUp(scene.target, username);
      return { username, ...(await signInByPassword(scene.target, username)) };
    }
  });
}
