import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { runChaos, type ChaosResult } from "./run";

const usage = `Usage: npm run chaos -- [options]

  --seed <n>       what goes wrong, and when                     (default: a random one)
  --messages <n>   how many are sent                             (default 5000)
  --clients <n>    how many clients send and receive             (default 20)
  --patience <n>   seconds in which all must have come through   (default 900)
  --log            print what the functions log
  --help           show this
`;

async function main(): Promise<void> {
  // What stands after a second "--" is still an option.
  const args = process.argv.slice(2).filter((arg) => arg !== "--");
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string", default: String(randomInt(1_000_000)) },
      messages: { type: "string", default: "5000" },
      clients: { type: "string", default: "20" },
      patience: { type: "string", default: "900" },
      log: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const [seed, messages, clients, patience] = (
    ["seed", "messages", "clients", "patience"] as const
  ).map((name) => wholeNumber(name, values[name]));
  console.log(`${messages} messages, ${clients} clients, seed ${seed}`);
  let told = 0;
  const progress = (acknowledged: number) => {
    if (acknowledged < told + 500) return;
    told = acknowledged;
    console.log(`${acknowledged} acknowledged`);
  };
  const result = await runChaos({
    seed: seed!,
    messages: messages!,
    clients: clients!,
    rates: { cut: 0.005, kill: 0.02, answers: { 429: 0.01, 504: 0.01, 410: 0.002 }, drop: 0.5 },
    patience: patience!,
    log: values.log ? console.log : () => undefined,
    progress,
  });
  if (!report(result)) throw new Error(`Failed: --seed ${seed} makes the same choices again`);
  console.log("Every message was acknowledged, and seen by every subscriber once, in order.");
}

function report({ violations, faults, figures }: ChaosResult): boolean {
  console.table(faults);
  console.table(figures);
  const absent = Object.keys(faults).filter((name) => faults[name] === 0);
  const problems = [...violations, ...absent.map((name) => `did not occur: ${name}`)];
  for (const problem of problems) console.error(problem);
  return problems.length === 0;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} is "${text}": write a whole number.`);
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
