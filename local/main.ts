import * as pulumi from "@pulumi/pulumi";
import { PortTaken } from "./listen";
import { BadOption, parseOptions, usage } from "./options";
import { readyUser } from "./readyUser";
import { start } from "./start";
import { welcome } from "./welcome";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(usage);
    return;
  }
  const run = await start({ ...options, log: (line) => console.log(line) });

  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (!ending) {
        ending = true;
        void run.close().then(() => process.exit(0));
      }
    });
  }
  const user = await readyUser(run, options.state);
  process.stdout.write(welcome(run, user));
}

main().catch((error: unknown) => {
  console.error(saysWhatToDo(error) ? error.message : error);
  process.exit(1);
});

/** Of any other error, the stack is needed to find it. */
function saysWhatToDo(error: unknown): error is Error {
  return (
    error instanceof BadOption || error instanceof PortTaken || pulumi.RunError.isInstance(error)
  );
}
