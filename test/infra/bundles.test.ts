import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { RunError } from "@pulumi/pulumi";
import { bundle } from "../../infra/components/bundles";

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
  before(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "bundling-"));
    for (const source of sources) {
      fs.cpSync(source, path.join(folder, source), { recursive: true });
    }
    fs.symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  it("fails the program with esbuild's messages, each with the functions that it stops", async () => {
    const append = (file: string, text: string) =>
      fs.appendFileSync(path.join(folder, "functions", file), text);
    append("echo.ts", "\nconst a = b c;\n");
    append("preSignUp.ts", '\nimport "./nowhere";\n');
    append("lambda/httpRoutes.ts", "\n}\n");

    const args = ["--import", "tsx", "-e", evaluation];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      // A program that failed with resources on their way may end as a failure.
      (error: { stdout: string }) => error,
    );

    const [head, ...problems] = stdout.trim().split("\n");
    assert.equal(head, "The functions could not be bundled:");
    const line = (file: string) =>
      fs.readFileSync(path.join(folder, "functions", file), "utf8").split("\n").length - 1;
    assert.deepEqual(problems.sort(), [
      `  functions/echo.ts:${line("echo.ts")}:12: Expected ";" but found "c" (in echo)`,
      `  functions/lambda/httpRoutes.ts:${line("lambda/httpRoutes.ts")}:0: Unexpected "}" (in http)`,
      `  functions/preSignUp.ts:${line("preSignUp.ts")}:7: Could not resolve "./nowhere" (in preSignUp)`,
    ]);
  });

  it("names the functions that there are when asked for another", () => {
    assert.throws(
      () => bundle("sned"),
      (error) => {
        assert.ok(error instanceof RunError);
        assert.equal(
          error.message,
          'There is no function "sned": functions/sned.ts does not exist. ' +
            "The functions are authorizer, connect, default, disconnect, echo, http, preSignUp, send.",
        );
        return true;
      },
    );
  });
});
