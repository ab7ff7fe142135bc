import { parseArgs } from "node:util";

export const groupNames = ["artefacts", "evaluation", "frames", "burst"] as const;
export type GroupName = (typeof groupNames)[number];

export interface BenchOptions {
  /** Fewer and shorter measurements, and nothing deployed to the emulator, which takes minutes. */
  quick: boolean;
  groups: readonly GroupName[];
  /** Whether the results go to standard output as JSON, and the tables to standard error. */
  json: boolean;
}

export const usage = `Usage: npm run bench -- [options]

  --quick          fewer and shorter measurements, and no emulator, which takes minutes to deploy to
  --only <group>   one of ${groupNames.join(", ")}; may be repeated
  --json           the results as JSON on standard output, the tables on standard error
  --help           show this
`;

/** @throws Error that names the option and says what to write. */
export function parseOptions(args: string[]): BenchOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    return "help";
  }
  const unknown = values.only.find((name) => !isGroupName(name));
  if (unknown !== undefined) {
    throw new Error(`--only is "${unknown}": write one of ${groupNames.join(", ")}.`);
  }
  const groups = values.only.length > 0 ? values.only.filter(isGroupName) : groupNames;
  return { quick: values.quick, groups, json: values.json };
}

function isGroupName(name: string): name is GroupName {
  return (groupNames as readonly string[]).includes(name);
}
