import assert from "node:assert/strict";
import type { Connection, Frame } from "./client";
import { call } from "./client";
import { newChannel, offsetsOf, publish, setScene } from "./scene";
import type { Target } from "./target";

/** The longest frame that API Gateway takes from a client, in bytes; pages stay under it. */
const frameLimit = 32 * 1024;

export function describeHistory(getTarget: () => Target): void {
  describe("history", () => {
    const scene = setScene(getTarget);

    async function page(connection: Connection, channel: string, query = {}): Promise<Frame> {
      return await connection.ask({ action: "history", channel, ...query }, { type: "history" });
    }

    it("is empty before the first message", async () => {
      const connection = await scene.connect(await scene.user("reader"));
      const channel = newChannel("room");
      const frame = { action: "history", id: "h", channel };
      const { epoch, ...answer } = await connection.ask(frame, {});
      assert.match(epoch, /^empty-\d+$/);
      const nothing = { offset: 0, messages: [], more: false };
      assert.deepEqual(answer, { type: "history", id: "h", channel, ...nothing });
    });

    it("is read forward, back and from the end, in pages", async () => {
      const user = await scene.user("reader");
      const connection = await scene.connect(user);
      const channel = newChannel("room");
      const bodies = Array.from({ length: 12 }, (_, i) => ({ number: i + 1 }));
      const acks = await publish(connection, channel, ...bodies);

      const all = await page(connection, channel);
      assert.deepEqual(
        all.messages.map(({ sentAt: _, ...message }: Frame) => message),
        bodies.map((body, i) => ({
          ...{ type: "message", channel, epoch: acks[i]!.epoch, offset: i + 1 },
          ...{ id: acks[i]!.id, from: user.username, body },
        })),
      );
      assert.deepEqual([all.epoch, all.offset, all.more], [acks[0]!.epoch, 12, false]);

      const cases: [query: object, offsets: number[], more: boolean][] = [
        [{ after: 0, limit: 5 }, [1, 2, 3, 4, 5], true],
        [{ after: 5, limit: 5 }, [6, 7, 8, 9, 10], true],
        [{ after: 10, limit: 5 }, [11, 12], false],
        [{ after: 7, limit: 5 }, [8, 9, 10, 11, 12], false],
        [{ after: 12 }, [], false],
        [{ after: 99 }, [], false],
        [{ limit: 5 }, [8, 9, 10, 11, 12], true],
        [{ before: 8, limit: 5 }, [3, 4, 5, 6, 7], true],
        [{ before: 3, limit: 5 }, [1, 2], false],
        [{ before: 1 }, [], false],
        [{ before: 99, limit: 1 }, [12], true],
      ];
      for (const [query, offsets, more] of cases) {
        const { messages, ...answer } = await page(connection, channel, query);
        assert.deepEqual(offsetsOf(messages), offsets, JSON.stringify(query));
        assert.deepEqual([answer.more, answer.offset], [more, 12], JSON.stringify(query));
      }
    });

    it("comes in pages under the frame limit, but for a message that is larger", async () => {
      const user = await scene.user("writer");
      const connection = await scene.connect(user);
      const channel = newChannel("room");
      const sizes = [9_000, 9_000, 9_000, 9_000, 100_000, 9_000, 20_000];
      for (const size of sizes) {
        const message = { channel, body: "x".repeat(size) };
        const { status } = await call(scene.target, "POST", "/messages", {
          ...{ token: user.access, body: message },
        });
        assert.equal(status, 200);
      }
      for (const direction of ["after", "before"] as const) {
        const seen: number[] = [];
        let query: object = direction === "after" ? { after: 0 } : {};
        for (let more = true; more;) {
          const answer = await page(connection, channel, query);
          const offsets = offsetsOf(answer.messages);
          if (offsets.length > 1) assert.ok(JSON.stringify(answer).length < frameLimit);
          assert.ok(offsets.length > 0);
          if (direction === "after") seen.push(...offsets);
          else seen.unshift(...offsets);
          query = direction === "after" ? { after: seen.at(-1) } : { before: seen[0] };
          more = answer.more;
        }
        assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7], direction);
      }
    });
  });
}
