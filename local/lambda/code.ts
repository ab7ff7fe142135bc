import type { asset } from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/** Paths within the code, with `/` between their parts, to their contents. */
type Files = Map<string, Buffer>;

/**
 * Unpacks a function's code into a folder of its own, named by its content, and removes what earlier code left.
 * The folder comes into being whole, so one that is there can be used as it is.
 * @returns the folder with the code, absolute.
 */
export async function unpack(code: asset.Archive, folder: string): Promise<string> {
  const files: Files = new Map();
  await addArchive(files, "", code);
  const home = path.resolve(folder);
  const target = path.join(home, digest(files));
  if (!(await exists(target))) {
    await fs.mkdir(home, { recursive: true });
    const unfinished = await fs.mkdtemp(path.join(home, ".unpacking-"));
    for (const [name, content] of files) {
      const file = path.join(unfinished, name);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, content);
    }
    await fs.rename(unfinished, target);
  }
  const stale = (await fs.readdir(home)).filter((name) => name !== path.basename(target));
  await Promise.all(
    stale.map((name) => fs.rm(path.join(home, name), { recursive: true, force: true })),
  );
  return target;
}

/** The first half of the SHA-256 of all paths and contents, in hex. */
function digest(files: Files): string {
  const hash = createHash("sha256");
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

/** Pulumi's assets and archives are told apart by what they hold: the classes share no other public mark. */
async function addArchive(files: Files, prefix: string, code: asset.Archive): Promise<void> {
  if ("assets" in code) {
    const entries = await (code as asset.AssetArchive).assets;
    for (const [name, entry] of Object.entries(entries)) {
      const at = path.posix.join(prefix, name);
      if ("text" in entry) add(files, at, Buffer.from(await (entry as asset.StringAsset).text));
      else if ("assets" in entry) await addArchive(files, at, entry);
      else if ("path" in entry) await addPath(files, at, await (entry as asset.FileAsset).path);
      else throw new Error(`${at}: code from a remote address cannot be run here`);
    }
  } else if ("path" in code) {
    await addPath(files, prefix, await (code as asset.FileArchive).path);
  } else {
    throw new Error("code must be an AssetArchive or a FileArchive of a folder");
  }
}

/** A file, or all files of a folder. */
async function addPath(files: Files, at: string, source: string): Promise<void> {
  if (!(await fs.stat(source)).isDirectory()) {
    if (at === "") throw new Error(`${source}: code must be a folder, packed files are not read`);
    return add(files, at, await fs.readFile(source));
  }
  for (const entry of await fs.readdir(source)) {
    await addPath(files, path.posix.join(at, entry), path.join(source, entry));
  }
}

function add(files: Files, name: string, content: Buffer): void {
  if (path.posix.isAbsolute(name) || name.split("/").includes("..")) {
    throw new Error(`${name} lies outside of the function's code`);
  }
  files.set(name, content);
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
