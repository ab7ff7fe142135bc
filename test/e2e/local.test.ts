import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalRunProcess } from "./localRun";
import { describeSwitchboard } from "./suite";

describe("the local run", function () {
  this.timeout(120_000);
  const state = fs.mkdtempSync(path.join(os.tmpdir(), "switchboard-e2e-"));
  let run: LocalRunProcess;

  before(async () => {
    run = await LocalRunProcess.start(state);
  });
  after(async () => {
    assert.equal(await run.end(), 0, run.output);
    fs.rmSync(state, { recursive: true });
  });

  describeSwitchboard(() => run.target);

  // In a block of its own, which mocha runs after the one above.
  describe("afterwards", () => {
    it("has told no function's fault and no denied call", () => {
      const fault = /"level":"ERROR"|AccessDenied|not authorized/;
      assert.deepEqual(
        run.output.split("\n").filter((line) => fault.test(line)),
        [],
      );
    });
  });
});
