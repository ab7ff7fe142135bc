import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Milliseconds between two looks at the memory. */
const interval = 200;

export interface Memory {
  /** Bytes of memory. On Linux, a page that processes share counts once; elsewhere, once for each of them. */
  bytes: number;
  processes: number;
}

/** The memory of a process and all that descend from it. */
export async function memoryOf(pid: number): Promise<Memory> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const family = new Set([pid]);
  let size = 0;
  // A child may be listed before its parent.
  while (size !== family.size) {
    size = family.size;
    for (const [child, parent] of rows) {
      if (family.has(parent)) family.add(child);
    }
  }
  const members = rows.filter(([member]) => family.has(member));
  const kilobytes = members.map(([member, , resident]) => proportional(member) ?? resident);
  return {
    bytes: kilobytes.reduce((sum, each) => sum + each, 0) * 1024,
    processes: members.length,
  };
}

/** The proportional set size in KB, which only Linux tells: shared pages in equal parts to those who share them. */
function proportional(pid: number): number | undefined {
  try {
    const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1]);
  } catch {
    // Not Linux, or the process has ended since it was listed.
    return undefined;
  }
}

/** The most memory that a process and its descendants have while something runs. */
export async function peakMemory<Result>(
  pid: number,
  run: () => Promise<Result>,
): Promise<{ result: Result; peak: Memory }> {
  let peak = await memoryOf(pid);
  let running = true;
  const watch = async () => {
    while (running) {
      const now = await memoryOf(pid);
      if (now.bytes > peak.bytes) peak = now;
      await sleep(interval);
    }
  };
  const watching = watch();
  try {
    const result = await run();
    return { result, peak };
  } finally {
    running = false;
    await watching;
  }
}
