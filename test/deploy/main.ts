import * as path from "node:path";
import { parseArgs } from "node:util";
import Mocha from "mocha";
import { findPrerequisites } from "./prerequisites";

/** Runs the tests of the deployed stack: `npm run test:deploy [-- --all | --grants]`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      // Beside dev and the previews: prod, a stack without a domain, and a project made by `pulumi new`.
      all: { type: "boolean", default: false },
      // Takes each grant of the functions' roles away in turn; a part of `--all`.
      grants: { type: "boolean", default: false },
      // Only the tests whose titles match.
      grep: { type: "string" },
    },
  });
  const { missing } = findPrerequisites();
  if (missing.length > 0) {
    const inCi = process.env.CI === "true";
    console.log(`${inCi ? "Failed" : "Skipped"}: test:deploy needs ${missing.join(" and ")}.`);
    process.exitCode = inCi ? 1 : 0;
    return;
  }
  // A test is a few runs of the engine at most, of which one takes 2 minutes where the provider waits for DNS.
  const mocha = new Mocha({
    timeout: 600_000,
    slow: 60_000,
    grep: values.grep,
    // Mocha would write colours into a CI's logs, where totals are read.
    color: process.stdout.isTTY ?? false,
  });
  const files = [
    "previews",
    "dev",
    ...(values.all || values.grants ? ["grants"] : []),
    ...(values.all ? ["prod", "template"] : []),
  ];
  for (const file of files) {
    mocha.addFile(path.join(__dirname, `${file}.test.ts`));
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  process.exitCode = failures > 0 ? 1 : 0;
}

void main();
