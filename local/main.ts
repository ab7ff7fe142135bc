import { parseOptions, usage } from "./options";
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

main().catch((error: Error) => {
  // The program's own errors say what to do; the stack of anything else is needed to find it.
  const known = "__pulumiRunError" in error || error.message.includes("--");
  console.error(known ? error.message : error.stack);
  process.exit(1);
});
