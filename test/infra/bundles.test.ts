import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { RunError } from "@pulumi/pulumi";
import { bundle, forgetBundles } from "../../infra/components/bundles";

/** What the program is made of, beside the packages. */
const sources = [
  "functions",
  "index.ts",
  "infra",
  "local",
  "package.json",
  "protocol",
  "Pulumi.dev.yaml",
  "Pulumi.yaml",
  "web",
];

const evaluation = `
  const { evaluate } = require("./local/program/evaluate");
  evaluate({ stack: "dev" }).then(
    () => console.log("evaluated"),
    (error) => console.log(error.message),
  );
`;

describe("bundling", () => {
  let folder: string;
  let problems: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "bundling-"));
    for (const source of sources) {
      fs.cpSync(source, path.join(folder, source), { recursive: true });
    }
    fs.symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
    const last = (file: string, text: string) => {
      const source = path.join(folder, "functions", file);
      fs.appendFileSync(source, `${text}\n`);
      return `functions/${file}:${fs.readFileSync(source, "utf8").split("\n").length - 1}`;
    };
    problems = [
      "The functions could not be bundled:",
      `  ${last("echo.ts", "const a = b c;")}:12: Expected ";" but found "c" (in echo)`,
      `  ${last("lambda/httpEvent.ts", "}")}:0: Unexpected "}" (in http)`,
      `  ${last("lambda/deadline.ts", "}")}:0: Unexpected "}" (in connect, deliver, history, http, presence, send, subscribe, unsubscribe)`,
      `  ${last("preSignUp.ts", 'import "./nowhere";')}:7: Could not resolve "./nowhere" (in preSignUp)`,
    ]
      .sort()
      .join("\n");
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const sorted = (message: string) => message.trim().split("\n").sort().join("\n");

  it("tells esbuild's messages, each with the functions that it stops", () => {
    const home = process.cwd();
    process.chdir(folder);
    forgetBundles();
    try {
      assert.throws(
        () => bundle("send"),
        (error) => error instanceof RunError && sorted(error.message) === problems,
      );
    } finally {
      process.chdir(home);
      forgetBundles();
    }
  });

  it("fails the program with these messages", async () => {
    const args = ["--import", "tsx", "-e", evaluation];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      // A program that failed with resources on their way may end as a failure.
      (error: { stdout: string }) => error,
    );
    assert.equal(sorted(stdout), problems);
  });

  it("names the functions that there are when asked for another", () => {
    const message =
      'There is no function "sned": functions/sned.ts does not exist. ' +
      "The functions are authorizer, connect, default, deliver, disconnect, echo, history, http, preSignUp, " +
      "presence, send, subscribe, unsubscribe.";
    assert.throws(
      () => bundle("sned"),
      (error) => error instanceof RunError && error.message === message,
    );
  });
});
