import { describeChannelErrors } from "./channelErrors";
import { describeChannels } from "./channels";
import { describeDirectMessages } from "./directMessages";
import { describeFanout } from "./fanout";
import { describeHandshakes } from "./handshakes";
import { describeHistory } from "./history";
import { describeHttp } from "./http";
import { describeHttpChannels } from "./httpChannels";
import { describeMessages } from "./messages";
import { describePresence } from "./presence";
import { describeRecovery } from "./recovery";
import { describeResends } from "./resends";
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
    describeDirectMessages(getTarget);
    describeChannels(getTarget);
    describeChannelErrors(getTarget);
    describeHistory(getTarget);
    describeResends(getTarget);
    describeRecovery(getTarget);
    describePresence(getTarget);
    describeFanout(getTarget);
    describeSessions(getTarget);
    describeHttp(getTarget);
    describeHttpChannels(getTarget);
  });
}
