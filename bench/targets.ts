import { number } from "./print";
import type { Figures } from "./results";

interface Target {
  text: string;
  bound: { atLeast: number } | { atMost: number };
  /** Written behind the numbers. */
  unit: string;
  /** The values that must all keep the bound, with what each is of. None: not measured. */
  values: (figures: Figures) => [subject: string, value: number][];
}

export interface Verdict {
  text: string;
  wanted: string;
  /** The value that is nearest to missing, or has missed by most. */
  measured: string;
  outcome: "met" | "missed" | "not measured";
}

/** Milliseconds of init below which a function, as it comes, has nothing to load that could be saved. */
const leastInit = 5;

const targets: Target[] = [
  {
    text: "artefacts smaller than as they come",
    bound: { atLeast: 15 },
    unit: "x",
    values: (figures) => named(figures, /^artefacts\.(\w+)\.sizeRatio$/),
  },
  {
    text: `init quicker than as they come (of those that take ${leastInit} ms or more)`,
    bound: { atLeast: 3 },
    unit: "x",
    values: (figures) =>
      named(figures, /^artefacts\.(\w+)\.initRatio$/).filter(
        ([entry]) => (figures[`artefacts.${entry}.asItComesInitMs`] ?? 0) >= leastInit,
      ),
  },
  {
    text: "init of the authorizer",
    bound: { atMost: 45 },
    unit: " ms",
    values: (figures) => named(figures, /^artefacts\.(authorizer)\.initMs$/),
  },
  {
    text: "init of the others",
    bound: { atMost: 100 },
    unit: " ms",
    values: (figures) => named(figures, /^artefacts\.(?!authorizer\.)(\w+)\.initMs$/),
  },
  {
    text: "program evaluation",
    bound: { atMost: 4 },
    unit: " s",
    values: (figures) => named(figures, /^evaluation\.(process)Seconds$/),
  },
  frameRatio("ping at 50 connections to serverless-offline's in process", 3, ["ping"], [50], {
    subject: "serverlessOffline",
  }),
  frameRatio("ping to the emulator's", 1, ["ping"], [50], { subject: "emulator" }),
  frameRatio("echo and send to the emulator's", 50, ["echo", "send"], [1, 50], {
    subject: "emulator",
  }),
  {
    text: "frames at once that are answered",
    bound: { atLeast: 100 },
    unit: " %",
    values: (figures) => named(figures, /^burst\.(\w+)\.answeredPercent$/),
  },
];

export function judge(figures: Figures): Verdict[] {
  return targets.map(({ text, bound, unit, values }) => {
    const atLeast = "atLeast" in bound;
    const limit = "atLeast" in bound ? bound.atLeast : bound.atMost;
    const wanted = `${atLeast ? ">=" : "<="} ${limit}${unit}`;
    const [worst] = values(figures).sort(([, a], [, b]) => (atLeast ? a - b : b - a));
    if (worst === undefined) {
      return { text, wanted, measured: "-", outcome: "not measured" };
    }
    const [subject, value] = worst;
    const met = atLeast ? value >= limit : value <= limit;
    const measured = `${number(value)}${unit} (${subject})`;
    return { text, wanted, measured, outcome: met ? "met" : "missed" };
  });
}

function frameRatio(
  text: string,
  atLeast: number,
  actions: string[],
  connections: number[],
  { subject }: { subject: string },
): Target {
  const values = (figures: Figures) =>
    actions.flatMap((action) =>
      connections.flatMap((count): [string, number][] => {
        const ours = figures[`frames.localRun.${action}.${count}.rate`];
        const theirs = figures[`frames.${subject}.${action}.${count}.rate`];
        return ours === undefined || theirs === undefined
          ? []
          : [[`${action}, ${count}`, ours / theirs]];
      }),
    );
  return { text, bound: { atLeast }, unit: "x", values };
}

/** The figures whose names match, by the expression's first group. */
function named(figures: Figures, pattern: RegExp): [string, number][] {
  return Object.entries(figures).flatMap(([name, value]): [string, number][] => {
    const subject = pattern.exec(name)?.[1];
    return subject === undefined || !Number.isFinite(value) ? [] : [[subject, value]];
  });
}
