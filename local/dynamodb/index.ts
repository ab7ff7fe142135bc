import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Graph } from "../graph";
import type { Iam } from "../iam";
import type { Start, ToChild, ToParent } from "./messages";
import { tablesOf } from "./tables";

export interface DynamoDbOptions {
  graph: Graph;
  iam: Iam;
  /** Where the data is. */
  folder: string;
  /** On loopback; 0 for any. */
  port: number;
  log: (line: string) => void;
  /** Seconds between two removals of expired items. Default: 30; on AWS it can take days. */
  ttlSeconds?: number;
}

export interface DynamoDb {
  /** What SDKs know as AWS_ENDPOINT_URL_DYNAMODB. */
  endpoint: string;
  /** The process at the moment: one that crashes is replaced. */
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * The graph's tables, in a process of its own since it is bound by CPU.
 * @throws Error if a table cannot be created, or the port is taken (with the code EADDRINUSE).
 */
export async function createDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  const { graph, iam, log } = options;
  let isClosing = false;
  let child: ChildProcess;
  const tables = tablesOf(graph);
  const [, , , region, account] = tables[0]?.arn.split(":") ?? [];

  const start = async (port: number): Promise<number> => {
    child = fork(path.join(__dirname, "child.ts"), {
      // The quickest way to TypeScript: hooks for CommonJS alone.
      execArgv: ["--require", require.resolve("tsx/cjs")],
      // dynalite makes ARNs of these.
      env: { ...process.env, AWS_REGION: region, AWS_ACCOUNT_ID: account },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const listening = await started(child, { ...startMessage(), port }, log);
    child.once("exit", (code, signal) => {
      if (isClosing) return;
      log(`DynamoDB ended unexpectedly (${signal ?? code}), it is started again`);
      start(listening).catch((error: Error) => {
        if (!isClosing) log(error.message);
      });
    });
    return listening;
  };
  const startMessage = (): Start => ({
    type: "start",
    iam: iam.toJSON(),
    tables,
    folder: path.resolve(options.folder),
    port: options.port,
    ttlSeconds: options.ttlSeconds ?? 30,
  });

  const port = await start(options.port);
  iam.onSession((session) => tell(child, { type: "session", session }));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    async close() {
      isClosing = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      tell(child, { type: "close" });
      await exited;
    },
  };
}

/** @returns the port. */
function started(
  child: ChildProcess,
  message: Start,
  log: (line: string) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, code?: string): void => {
      child.kill("SIGKILL");
      reject(Object.assign(new Error(reason), { code }));
    };
    child.on("message", (from: ToParent) => {
      if (from.type === "log") log(from.line);
      else if (from.type === "listening") resolve(from.port);
      else fail(`DynamoDB cannot start: ${from.message}`, from.code);
    });
    child.once("error", (error) => fail(`DynamoDB cannot start: ${error.message}`));
    child.once("exit", (code, signal) => fail(`DynamoDB ended at once (${signal ?? code})`));
    tell(child, message);
  });
}

function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message);
}
