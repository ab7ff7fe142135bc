import { createHmac } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { LocalRun } from "./start";
import { openState } from "./state";

/** A user to try things with. */
export interface ReadyUser {
  username: string;
  password: string;
  /** The file that holds an access token of the user, renewed before it expires. */
  tokenFile: string;
}

/** Milliseconds between renewals of the token, which is good for an hour. */
const renewal = 50 * 60_000;

/** Makes the user `alice`, with a password that stays the same as long as the state does, and a token on file. */
export async function readyUser(run: LocalRun, stateFolder: string): Promise<ReadyUser> {
  const { seed } = openState(stateFolder, false);
  const username = "alice";
  const password = `Aa1-${createHmac("sha256", seed).update(username).digest("hex").slice(0, 12)}`;
  await run.cognito.ensureUser(String(run.outputs.userPoolId), {
    username,
    password,
    email: "alice@example.com",
  });
  const tokenFile = path.join(stateFolder, "token");
  const renew = async () => {
    const tokens = await run.cognito.tokensFor(String(run.outputs.userPoolClientId), username);
    fs.writeFileSync(tokenFile, tokens.AccessToken, { mode: 0o600 });
  };
  await renew();
  setInterval(() => void renew(), renewal).unref();
  return { username, password, tokenFile };
}
