import type { asset } from "@pulumi/pulumi";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import vm from "node:vm";
import type { Resource } from "../../local/graph";

/** The files of a function's registered `code`: path in the artefact to content. */
export async function artefactFiles(fn: Resource): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const code = fn.inputs.code as asset.AssetArchive;
  for (const [name, entry] of Object.entries(await code.assets)) {
    if ("text" in entry) files.set(name, Buffer.from(await (entry as asset.StringAsset).text));
    else files.set(name, fs.readFileSync(await (entry as asset.FileAsset).path));
  }
  return files;
}

/** The settings that the serialized closure hands to `createHandler`, and the file that it loads. */
export async function closureOf(fn: Resource): Promise<{ loads: string; settings: unknown }> {
  const source = (await artefactFiles(fn)).get("__index.js")!.toString();
  const loaded: string[] = [];
  const given: unknown[] = [];
  vm.runInNewContext(source, {
    exports: {},
    require: (file: string) => {
      loaded.push(file);
      return { createHandler: (settings: unknown) => given.push(settings) };
    },
  });
  if (loaded.length !== 1 || given.length !== 1) {
    throw new Error(`the closure loads ${loaded.join(", ")} and makes ${given.length} handlers`);
  }
  // Objects of another realm are not deeply equal to those of this one.
  return { loads: loaded[0]!, settings: JSON.parse(JSON.stringify(given[0])) };
}

/** Writes the artefact to an empty folder. */
export async function unpackTo(folder: string, fn: Resource): Promise<void> {
  for (const [name, content] of await artefactFiles(fn)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}

/** What Lambda's runtime does with the handler `__index.handler`, and with what it returns. */
const runner = `
  const { handler } = require("./__index.js");
  const event = JSON.parse(process.argv[1]);
  for (const level of ["debug", "info", "warn", "error"]) console[level] = () => {};
  const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 10000 };
  Promise.resolve(handler(event, context)).then((result) => {
    process.stdout.write(JSON.stringify(result), () => process.exit());
  });
`;

/** Invokes the artefact in that folder in a Node of its own, which has the given environment and nothing else. */
export async function invokeBare(
  folder: string,
  environment: Record<string, string>,
  event: object,
): Promise<any> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["-e", runner, JSON.stringify(event)],
    { cwd: folder, env: { ...environment, LAMBDA_TASK_ROOT: folder }, timeout: 20_000 },
  );
  return JSON.parse(stdout);
}
