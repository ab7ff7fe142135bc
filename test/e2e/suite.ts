import { describeHandshakes } from "./handshakes";
import { describeHttp } from "./http";
import { describeMessages } from "./messages";
import { describeSessions } from "./sessions";
import { describeSignIn } from "./signIn";
import type { Target } from "./target";

/**
 * The end-to-end tests: what a client of a running stack may rely on, whatever the stack runs on. To be called inside of a
 * `describe`, whose `before` starts the target.
 * @param getTarget asked when tests run, not when they are defined
 */
export function describeSwitchboard(getTarget: () => Target): void {
  describe("end to end", function () {
    this.timeout(120_000);
    describeSignIn(getTarget);
    describeHandshakes(getTarget);
    describeMessages(getTarget);
    describeSessions(getTarget);
    describeHttp(getTarget);
  });
}
