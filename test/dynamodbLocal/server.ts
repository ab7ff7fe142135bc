import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { install } from "./install";

const MAIN_CLASS = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner";

/** Longest time for a Java server to start on a slow machine. */
const START_TIMEOUT_MS = 60_000;

/** A DynamoDB Local of our own, in memory. */
export async function startServer(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const libraries = install();
  const port = await freePort();
  const child = spawn(
    "java",
    [
      // It listens on all interfaces, there is no option for that.
      ...[`-Djava.library.path=${libraries}`, "-cp", path.join(libraries, "*"), MAIN_CLASS],
      // Unless told not to, it reports its use to Amazon.
      ...["-inMemory", "-disableTelemetry", "-port", String(port)],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // However this process ends, the server does not outlive it.
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

  try {
    await answering(child, port);
  } catch (error) {
    kill();
    throw new Error(`DynamoDB Local does not start\n${Buffer.concat(errors).toString()}`, {
      cause: error,
    });
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      process.off("exit", kill);
      if (hasEnded(child)) return;
      const ended = once(child, "exit");
      kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await sleep(100)) {
    if (hasEnded(child)) throw new Error(`it ended with ${child.signalCode ?? child.exitCode}`);
    // Any answer will do: to a request that is none, it is an error.
    const answer = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
    if (answer) return;
  }
  throw new Error(`no answer within ${START_TIMEOUT_MS} ms`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
