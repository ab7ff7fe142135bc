import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Milliseconds that a process may take to end by itself before it is killed. */
const patience = 10_000;

/** Those that are to be ended with this process, whatever ends it. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(1));
}

/** A TypeScript module of this folder in a process of its own; it ends when this one does. */
export function startModule(file: string, args: string[] = []): ChildProcess {
  return ended(
    fork(file, args, {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
}

/** Sees to it that a process does not outlive this one. */
export function ended(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** @throws Error if the process ends without having sent a message. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return await new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`A process ended early, with ${code}`));
    child.once("exit", gone);
    child.once("message", (message) => {
      child.off("exit", gone);
      resolve(message as Message);
    });
  });
}

/** Ends a process that was started here. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), patience);
  await exited;
  clearTimeout(impatience);
}
