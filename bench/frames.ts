import type { Action, Measured } from "./client/job";
import { runClient } from "./client/run";
import type { BenchOptions } from "./options";
import { number, times } from "./print";
import type { Figures, GroupResult, Say, Table } from "./results";
import { startBareWebSocket } from "./subjects/bareWebSocket";
import { missingForEmulator, startEmulatedStack } from "./subjects/emulator";
import { startLocalRun } from "./subjects/localRun";
import { startServerlessOffline } from "./subjects/serverlessOffline";
import type { Subject } from "./subjects/subject";

const actions: Action[] = ["ping", "echo", "send"];
const connectionCounts = [1, 50];

interface Row {
  key: string;
  name: string;
  action: Action;
  connections: number;
  measured: Measured;
}

/** How many frames a second the local run answers, and how soon, against others. */
export async function measureFrames(options: BenchOptions, say: Say): Promise<GroupResult> {
  const rows: Row[] = [];
  const notes: string[] = [];
  const measure = async (name: string, start: () => Promise<Subject>) => {
    say(`  ${name}`);
    try {
      const subject = await start();
      try {
        rows.push(...(await measureSubject(subject, options, notes)));
      } finally {
        await subject.close();
      }
    } catch (error) {
      notes.push(`${name} was not measured: ${(error as Error).message.trim()}`);
    }
  };

  await measure("bare ws echo", startBareWebSocket);
  await measure("local run", startLocalRun);
  await measure("serverless-offline, in process", () => startServerlessOffline(true));
  await measure("serverless-offline, threads", () => startServerlessOffline(false));
  const missing = missingForEmulator();
  if (options.quick) notes.push("The emulator is left out: --quick.");
  else if (missing.length > 0)
    notes.push(`The emulator is left out, without ${missing.join(" and ")}.`);
  else await measure("stack on the emulator (minutes)", startEmulatedStack);

  notes.push(
    "send: the local run and the emulator store the message and look the recipient up in DynamoDB; serverless-offline posts to the sender; bare ws echoes.",
  );
  return { tables: actions.map((action) => table(action, rows)), notes, figures: figures(rows) };
}

async function measureSubject(
  subject: Subject,
  { quick }: BenchOptions,
  notes: string[],
): Promise<Row[]> {
  const { key, name, dial } = subject;
  const rows: Row[] = [];
  for (const action of actions) {
    for (const connections of connectionCounts) {
      const measured = await runClient({
        kind: "rate",
        dial,
        action,
        connections,
        warmUpSeconds: quick ? 0.5 : 2,
        seconds: quick ? 1 : 5,
      });
      if (measured.failed > 0) {
        notes.push(
          `${name}, ${action}, ${connections}: ${measured.failed} failed: ${measured.failure}`,
        );
      }
      rows.push({ key, name, action, connections, measured });
    }
  }
  return rows;
}

function table(action: Action, rows: Row[]): Table {
  const shown = rows.filter((row) => row.action === action);
  const ours = (connections: number) =>
    shown.find((row) => row.key === "localRun" && row.connections === connections)?.measured.rate ??
    NaN;
  const names = [...new Set(shown.map(({ name }) => name))];
  return {
    title: `${action}: frames a second, p50 and p99 in ms, and how many times as many the local run answers`,
    columns: [
      "",
      ...connectionCounts.flatMap((count) => [`${count} conn.`, "p50", "p99", "local run"]),
    ],
    rows: names.map((name) => [
      name,
      ...connectionCounts.flatMap((count) => {
        const row = shown.find((row) => row.name === name && row.connections === count)!;
        const { rate, p50, p99 } = row.measured;
        return [number(rate), number(p50), number(p99), times(ours(count) / rate)];
      }),
    ]),
  };
}

function figures(rows: Row[]): Figures {
  return Object.fromEntries(
    rows.flatMap(({ key, action, connections, measured: { rate, p50, p99 } }) =>
      Object.entries({ rate, p50Ms: p50, p99Ms: p99 }).map(([name, value]) => [
        `frames.${key}.${action}.${connections}.${name}`,
        value,
      ]),
    ),
  );
}
