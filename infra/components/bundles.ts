import {
  buildSync,
  type BuildFailure,
  type BuildOptions,
  type Message,
  type OutputFile,
} from "esbuild";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { aliases } from "../../functions/lean/aliases";

/** Where the bundles are written, relative to the project's root; the same path is theirs in the artefact. */
const outputFolder = "dist/functions";

const sourceFolder = "functions";

let built: Map<string, string> | undefined;

/**
 * The bundle of a function: one file, minified, made from `functions/<entry>.ts` and all that it imports.
 * All entries are bundled in one esbuild build, the first time that one is asked for.
 *
 * @returns the path of the bundle, relative to the project's root, with forward slashes.
 * @throws RunError with esbuild's messages, each with its place and the entries that it stops.
 */
export function bundle(entry: string): string {
  built ??= build();
  const file = built.get(entry);
  if (file === undefined) {
    throw new pulumi.RunError(
      `There is no function "${entry}": ${sourceFolder}/${entry}.ts does not exist. ` +
        `The functions are ${[...built.keys()].join(", ")}.`,
    );
  }
  return file;
}

/** Forgets what was built, so that the next call of {@link bundle} builds from the sources as they are then. */
export function forgetBundles(): void {
  built = undefined;
}

function build(): Map<string, string> {
  const entries = fs
    .readdirSync(sourceFolder, { withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith(".ts"))
    .map((file) => path.basename(file.name, ".ts"))
    .sort();
  try {
    buildSync(buildOptions(entries)).outputFiles!.forEach(replace);
  } catch (error) {
    throw new pulumi.RunError(describe(error as BuildFailure, entries));
  }
  return new Map(entries.map((entry) => [entry, `${outputFolder}/${entry}.js`]));
}

/** Writes a bundle in one step, since another process may be reading it: `npm start` beside `npm test`, say. */
function replace({ path: file, contents }: OutputFile): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, contents);
  fs.renameSync(unfinished, file);
}

function buildOptions(entries: string[]): BuildOptions {
  const root = process.cwd();
  return {
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `${sourceFolder}/${entry}.ts`),
    outdir: outputFolder,
    write: false,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // The ES module builds of the packages are the ones that tree shaking can take apart.
    mainFields: ["module", "main"],
    alias: Object.fromEntries(
      Object.entries(aliases).map(([name, file]) => [name, path.join(root, file)]),
    ),
    legalComments: "none",
    logLevel: "silent",
  };
}

function describe(failure: BuildFailure, entries: string[]): string {
  if (!Array.isArray(failure.errors)) {
    return `The functions could not be bundled: ${failure.message}`;
  }
  const entriesOf = failingEntries(entries);
  const lines = failure.errors.map((error) => {
    const message = placed(error);
    const names = entriesOf.get(message) ?? [];
    return `  ${message}${names.length > 0 ? ` (in ${names.join(", ")})` : ""}`;
  });
  return `The functions could not be bundled:\n${lines.join("\n")}`;
}

/**
 * Message to the entries that it stops. esbuild does not say which entry points lead to a file, so now that
 * something is wrong each is built alone.
 */
function failingEntries(entries: string[]): Map<string, string[]> {
  const entriesOf = new Map<string, string[]>();
  for (const entry of entries) {
    try {
      buildSync(buildOptions([entry]));
    } catch (error) {
      for (const message of ((error as BuildFailure).errors ?? []).map(placed)) {
        entriesOf.set(message, [...(entriesOf.get(message) ?? []), entry]);
      }
    }
  }
  return entriesOf;
}

/** esbuild's message behind its place, as in `functions/send.ts:3:7: Expected ";" but found "b"`. */
function placed({ location, text }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column}: ${text}` : text;
}
