import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { Deployment, engineEnvironment } from "./deployment";
import { unforgivenWarnings } from "./forgiven";
import { ProjectCopy } from "./projectCopy";
import { root, setUp, type Setup } from "./setup";

describe("pulumi new", () => {
  let setup: Setup;

  before(async () => {
    setup = await setUp("template");
  });

  after(async () => {
    await setup?.close();
  });

  it("makes a project of another name that previews with the settings of its stacks", async () => {
    const template = ProjectCopy.withoutPackages(root, path.join(setup.folder, "template"));
    const projectFolder = path.join(setup.folder, "chat");
    const backendFolder = path.join(setup.folder, "backend");
    await promisify(execFile)(
      "pulumi",
      // The packages are those of `npm ci`, there is no need to install them once more.
      ["new", template.folder, "--name=chat", `--dir=${projectFolder}`, "--generate-only", "--yes"],
      { env: { ...process.env, ...engineEnvironment(setup.emulator, backendFolder) } },
    );
    fs.symlinkSync(path.join(root, "node_modules"), path.join(projectFolder, "node_modules"));

    const stack = await Deployment.create({
      projectFolder,
      backendFolder,
      stack: "dev",
      emulator: setup.emulator,
    });
    const { changes, warnings } = await stack.preview();
    assert.deepEqual(unforgivenWarnings(warnings), []);
    assert.deepEqual([...new Set(changes.map(({ op }) => op))], ["create"]);
    // One of Pulumi.dev.yaml's settings, which are written down without a project's name.
    assert.ok(changes.some(({ name }) => name === "group-moderators"));
  });
});
