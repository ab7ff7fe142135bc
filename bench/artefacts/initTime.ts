import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Loads the handler as Lambda's runtime does, and tells how long that took in milliseconds. */
const script = `
  const begun = process.hrtime.bigint();
  const { handler } = require("./__index.js");
  const ended = process.hrtime.bigint();
  if (typeof handler !== "function") throw new Error("no handler");
  process.stdout.write(String(Number(ended - begun) / 1e6), () => process.exit());
`;

/** What the SDK finds on Lambda. */
const environment = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
};

/** How long the artefact in that folder takes to load, once, in a Node of its own, in milliseconds. */
export async function initTime(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], {
    cwd: folder,
    env: { ...environment, LAMBDA_TASK_ROOT: folder },
    timeout: 20_000,
  });
  return Number(stdout);
}
