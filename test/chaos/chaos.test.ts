import assert from "node:assert/strict";
import { runChaos } from "./run";

/** `npm run chaos` is the same in full, with any seed. */
const seed = 7;

describe("messages while connections, functions and posts fail", () => {
  it("are seen by every subscriber once, in the order of offsets", async function () {
    // A few seconds on a machine that has nothing else to do.
    this.timeout(120_000);
    const { violations, faults } = await runChaos({
      seed,
      messages: 300,
      clients: 6,
      rates: { cut: 0.02, kill: 0.03, answers: { 429: 0.03, 504: 0.03, 410: 0.01 }, drop: 0.5 },
      patience: 90,
      log: () => undefined,
    });
    assert.deepEqual(violations, [], `seed ${seed}`);
    const absent = Object.keys(faults).filter((name) => faults[name] === 0);
    assert.deepEqual(absent, [], `seed ${seed}: faults that did not occur`);
  });
});
