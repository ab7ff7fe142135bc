import { build } from "esbuild";
import fs from "node:fs/promises";
import path from "node:path";

/**
 * Bundles the runtime into one JavaScript file in the given folder, so that a sandbox has nothing to compile.
 * @returns the file, absolute.
 */
export async function bundleRuntime(folder: string): Promise<string> {
  const file = path.resolve(folder, "runtime.cjs");
  const unfinished = `${file}.${process.pid}`;
  await build({
    entryPoints: [path.join(__dirname, "runtime", "main.ts")],
    outfile: unfinished,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    logLevel: "silent",
  });
  await fs.rename(unfinished, file);
  return file;
}
