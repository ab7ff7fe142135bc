import { runClient } from "./client/run";
import type { Action, Measured } from "./client/job";
import { memoryOf, peakMemory, type Memory } from "./memory";
import { megabytes, number } from "./print";
import type { GroupResult, Say } from "./results";
import { startLocalRun } from "./subjects/localRun";

const frames = 2000;
const connections = 50;

/** Seconds after which unanswered frames count as lost; API Gateway gives up on a function after 29. */
const patience = 60;

interface Row {
  action: Action;
  measured: Measured;
  peak: Memory;
}

/** 2,000 frames at once on one local run: whether all are answered, and the memory of all of its processes. */
export async function measureBursts(say: Say): Promise<GroupResult> {
  const rows: Row[] = [];
  const subject = await startLocalRun();
  try {
    const pid = subject.pid!;
    const before = await memoryOf(pid);
    for (const action of ["ping", "echo", "send"] as const) {
      say(`  ${action}`);
      const { dial } = subject;
      const { result: measured, peak } = await peakMemory(pid, () =>
        runClient({ kind: "burst", dial, action, connections, frames, seconds: patience }),
      );
      rows.push({ action, measured, peak });
    }
    return {
      tables: [
        {
          title: `${number(frames)} frames at once on ${connections} connections to the local run, which began with ${megabytes(before.bytes)}`,
          columns: ["", "answered", "failed", "seconds", "p50 ms", "peak memory", "processes"],
          rows: rows.map(({ action, measured, peak }) => [
            action,
            String(measured.answered),
            String(measured.failed),
            number(measured.seconds),
            number(measured.p50),
            megabytes(peak.bytes),
            String(peak.processes),
          ]),
        },
      ],
      notes: [
        "Memory is that of the run, its DynamoDB and all of its sandboxes.",
        ...rows.flatMap(({ action, measured: { failure } }) =>
          failure === undefined ? [] : [`${action}: ${failure}`],
        ),
      ],
      figures: Object.fromEntries(
        rows.flatMap(({ action, measured, peak }) => [
          [`burst.${action}.answeredPercent`, (measured.answered / frames) * 100],
          [`burst.${action}.seconds`, measured.seconds],
          [`burst.${action}.peakBytes`, peak.bytes],
        ]),
      ),
    };
  } finally {
    await subject.close();
  }
}
