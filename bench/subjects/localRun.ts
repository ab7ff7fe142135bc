import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { root } from "../../local/iam";
import { end, nextMessage, startModule } from "../processes";
import { dialTarget, type Subject } from "./subject";

/** What `npm start` runs, on free ports, with the throttles out of the way. */
export async function startLocalRun(): Promise<Subject> {
  const state = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), "switchboard-bench-"));
  const child = startModule(path.join(__dirname, "localRunChild.ts"), [state]);
  const close = async () => {
    await end(child);
    fs.rmSync(state, { recursive: true, force: true });
  };
  try {
    const url = await nextMessage<string>(child);
    const config = (await (await fetch(`${url}/config.json`)).json()) as Record<string, string>;
    const dial = await dialTarget({
      name: "the local run",
      webSocketUrl: config.wsUrl!,
      httpUrl: config.httpUrl!,
      cognitoEndpoint: config.cognitoEndpoint!,
      region: config.region!,
      userPoolId: config.userPoolId!,
      userPoolClientId: config.userPoolClientId!,
      originHeaders: {},
      allowedOrigins: [],
      administrator: root,
      differences: [],
    });
    return { key: "localRun", name: "local run", dial, pid: child.pid, close };
  } catch (error) {
    await close();
    throw error;
  }
}
