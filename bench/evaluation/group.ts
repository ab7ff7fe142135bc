import * as path from "node:path";
import type { BenchOptions } from "../options";
import { nextMessage, startModule } from "../processes";
import { number } from "../print";
import type { GroupResult } from "../results";
import { median } from "../statistics";
import type { EvaluationMeasured } from "./child";

/** How long the program takes to evaluate, bundling included, in fresh processes. */
export async function measureEvaluation({ quick }: BenchOptions): Promise<GroupResult> {
  const measured: EvaluationMeasured[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    measured.push(await nextMessage(startModule(path.join(__dirname, "child.ts"))));
  }
  const evaluateSeconds = median(measured.map(({ evaluateMs }) => evaluateMs)) / 1000;
  const processSeconds = median(measured.map(({ processMs }) => processMs)) / 1000;
  const count = measured[0]!.resources;
  return {
    tables: [
      {
        title: `Program evaluation: ${count} resources, median of ${measured.length} processes`,
        columns: ["", "seconds"],
        rows: [
          ["index.ts with its bundles", number(evaluateSeconds)],
          ["from the start of the process", number(processSeconds)],
        ],
      },
    ],
    notes: [],
    figures: {
      "evaluation.evaluateSeconds": evaluateSeconds,
      "evaluation.processSeconds": processSeconds,
    },
  };
}
