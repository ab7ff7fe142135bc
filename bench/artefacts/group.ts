import type { asset } from "@pulumi/pulumi";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Resource } from "../../local/graph";
import { unpack } from "../../local/lambda/code";
import { evaluate } from "../../local/program/evaluate";
import { closureOf } from "../../test/support/artefact";
import type { BenchOptions } from "../options";
import { kilobytes, milliseconds, times } from "../print";
import { nextMessage, startModule } from "../processes";
import type { Figures, GroupResult, Say } from "../results";
import { median } from "../statistics";
import type { PackAnswer, PackRequest } from "./asItComes";
import { initTime } from "./initTime";

interface Measured {
  entry: string;
  bytes: number;
  initMs: number;
  /** Of the same handler as it comes; NaN where Pulumi cannot package it. */
  asItComesBytes: number;
  asItComesInitMs: number;
}

/** Size and init time of each artefact, against the same handler packaged by CallbackFunction as it comes. */
export async function measureArtefacts({ quick }: BenchOptions, say: Say): Promise<GroupResult> {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), "switchboard-bench-"));
  const notes: string[] = [];
  const all: Measured[] = [];
  try {
    const { graph } = await evaluate({ stack: "dev" });
    for (const fn of graph.ofType("aws:lambda/function:Function")) {
      const { loads } = await closureOf(fn);
      const entry = path.basename(loads, ".js");
      say(`  ${entry}`);
      const ours = await unpack(fn.inputs.code as asset.Archive, path.join(folder, "ours", entry));
      const theirs = await packAsItComes(fn, entry, path.join(folder, "asItComes", entry));
      if ("error" in theirs) {
        notes.push(`Pulumi cannot package ${entry} as it comes: ${theirs.error}`);
      }
      const folders = ["folder" in theirs ? theirs.folder : undefined, ours];
      const [asItComesInitMs, initMs] = await initTimes(folders, quick ? 5 : 21);
      all.push({
        entry,
        bytes: sizeOf(ours),
        initMs: initMs!,
        asItComesBytes: "folder" in theirs ? sizeOf(theirs.folder) : NaN,
        asItComesInitMs: asItComesInitMs!,
      });
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  notes.push(
    "As it comes, all packages of `dependencies` go along, and with them esbuild and tsx, which the program needs.",
  );
  return { tables: [table(all)], notes, figures: figures(all) };
}

async function packAsItComes(fn: Resource, entry: string, folder: string): Promise<PackAnswer> {
  const { settings } = await closureOf(fn);
  const request: PackRequest = { entry, settings, folder };
  const child = startModule(path.join(__dirname, "asItComes.ts"), [JSON.stringify(request)]);
  return await nextMessage(child);
}

/**
 * The medians of so many loads of each folder, in milliseconds. They take turns, so that what else the machine does
 * falls on all alike, and the first turn, which finds the files not yet in memory, does not count.
 */
async function initTimes(folders: (string | undefined)[], rounds: number): Promise<number[]> {
  const measured = folders.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, folder] of folders.entries()) {
      if (folder === undefined) continue;
      const ms = await initTime(folder);
      if (round > 0) measured[index]!.push(ms);
    }
  }
  return measured.map(median);
}

function sizeOf(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
}

function table(all: Measured[]) {
  return {
    title: "Artefacts: bundled, and as CallbackFunction packages the same handler by itself",
    columns: ["function", "size", "as it comes", "smaller", "init", "as it comes", "quicker"],
    rows: all.map(({ entry, bytes, initMs, asItComesBytes, asItComesInitMs }) => [
      entry,
      kilobytes(bytes),
      kilobytes(asItComesBytes),
      times(asItComesBytes / bytes),
      milliseconds(initMs),
      milliseconds(asItComesInitMs),
      times(asItComesInitMs / initMs),
    ]),
  };
}

function figures(all: Measured[]): Figures {
  return Object.fromEntries(
    all.flatMap(({ entry, ...measured }) =>
      Object.entries({
        ...measured,
        sizeRatio: measured.asItComesBytes / measured.bytes,
        initRatio: measured.asItComesInitMs / measured.initMs,
      }).map(([name, value]) => [`artefacts.${entry}.${name}`, value]),
    ),
  );
}
