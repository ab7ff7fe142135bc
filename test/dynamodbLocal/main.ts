import * as path from "node:path";
import Mocha from "mocha";
import { missingPrerequisites } from "./prerequisites";
import { startServer } from "./server";

/** The tests of what the functions store. They use the endpoint in DYNAMODB_LOCAL_ENDPOINT, if there is one. */
const TESTS = ["messageLog", "messageLogWriters", "sessions"];

/** Runs the store's tests against Amazon's own DynamoDB Local: `npm run test:dynamodb-local`. */
async function main(): Promise<void> {
  const missing = missingPrerequisites();
  if (missing.length > 0) {
    const inCi = process.env.CI === "true";
    const outcome = inCi ? "Failed" : "Skipped";
    console.log(`${outcome}: test:dynamodb-local needs ${missing.join(" and ")}.`);
    process.exitCode = inCi ? 1 : 0;
    return;
  }
  const server = await startServer();
  try {
    process.env.DYNAMODB_LOCAL_ENDPOINT = server.endpoint;
    const mocha = new Mocha({ timeout: 30_000 });
    for (const test of TESTS) mocha.addFile(path.join(__dirname, `../functions/${test}.test.ts`));
    const failures = await new Promise<number>((resolve) => mocha.run(resolve));
    process.exitCode = failures > 0 ? 1 : 0;
  } finally {
    await server.close();
  }
}

void main();
