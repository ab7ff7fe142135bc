import { availableParallelism, cpus, loadavg } from "node:os";
import { measureArtefacts } from "./artefacts/group";
import { measureBursts } from "./burst";
import { measureEvaluation } from "./evaluation/group";
import { measureFrames } from "./frames";
import { parseOptions, usage, type BenchOptions, type GroupName } from "./options";
import { number, tableText, verdictsText } from "./print";
import type { Figures, GroupResult, Say } from "./results";
import { judge } from "./targets";

const groups: Record<GroupName, (options: BenchOptions, say: Say) => Promise<GroupResult>> = {
  artefacts: measureArtefacts,
  evaluation: measureEvaluation,
  frames: measureFrames,
  burst: (_, say) => measureBursts(say),
};

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(usage);
    return;
  }
  const output = options.json ? process.stderr : process.stdout;
  const print = (text: string) => void output.write(`${text}\n`);
  const machine = {
    node: process.version,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    /** Processes that wanted to run in the last minute: other work on the machine spoils the figures. */
    load: loadavg()[0]!,
  };
  print(
    `Node ${machine.node} on ${machine.cores} cores (${machine.processor}), load ${number(machine.load)} at the start\n`,
  );

  const figures: Figures = {};
  const notes: string[] = [];
  for (const name of options.groups) {
    print(`Measuring ${name}`);
    const result = await groups[name](options, print);
    Object.assign(figures, result.figures);
    notes.push(...result.notes);
    print(`\n${result.tables.map(tableText).join("\n\n")}\n`);
    if (result.notes.length > 0) print(`${result.notes.join("\n")}\n`);
  }
  const targets = judge(figures);
  print(verdictsText(targets));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ machine, figures, notes, targets }, null, 2)}\n`);
  }
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.stack);
    process.exit(1);
  },
);
