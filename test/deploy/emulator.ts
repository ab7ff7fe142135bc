import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/**
 * The emulator, what it signs and checks tokens with, and what it needs for dashboards and alarms, at the versions that
 * the tests were written against.
 */
const packages = ["ministack==1.5.33", "cryptography==50.0.2", "cbor2==6.2.1"];

/** The emulator takes these as root's, who may do everything. */
const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

/** Milliseconds that the emulator may take to start. It takes 2 s on an idle machine. */
const startTimeout = 60_000;

/** An AWS on this machine that is not ours: control planes and data planes, with IAM enforced. */
export interface Emulator {
  /** `http://127.0.0.1:<port>`, where all of its services are. */
  url: string;
  region: string;
  /** What a client of the AWS finds it by. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * Installs the emulator into the project's ignored `.venv/`, unless it is there, and starts it.
 * @param state the folder for what it keeps
 * @param name the log is `.venv/<name>.log`, which stays
 */
export async function startEmulator(
  root: string,
  { python, state, name }: { python: string; state: string; name: string },
): Promise<Emulator> {
  const venv = await install(root, python);
  const port = await freePort();
  const log = path.join(root, ".venv", `${name}.log`);
  fs.mkdirSync(state, { recursive: true });
  const output = fs.openSync(log, "w");
  const child = spawn(path.join(venv, "bin", "ministack"), [], {
    cwd: state,
    stdio: ["ignore", output, output],
    env: {
      ...credentials,
      // Functions run on the Node that is first on the PATH, which is the project's.
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: state,
      STATE_DIR: state,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_PORT: String(await freePort()),
      AUTH: "true",
    },
  });
  fs.closeSync(output);
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const lost = (code: number | null, signal: string | null) =>
    console.error(`The emulator ended by itself (${code ?? signal}):\n${tail(log)}`);
  child.once("exit", lost);
  const url = `http://127.0.0.1:${port}`;
  const region = "eu-west-1";
  const stop = async () => {
    process.off("exit", killed);
    child.off("exit", lost);
    await end(child);
  };
  try {
    await ready(url, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    region,
    environment: { ...credentials, AWS_ENDPOINT_URL: url, AWS_REGION: region },
    stop,
  };
}

async function install(root: string, python: string): Promise<string> {
  const venv = path.join(root, ".venv", packages[0]!.replace("==", "-"));
  const complete = path.join(venv, "complete");
  if (!fs.existsSync(complete) || fs.readFileSync(complete, "utf8") !== packages.join(" ")) {
    const run = promisify(execFile);
    await run(python, ["-m", "venv", "--clear", venv]);
    await run(path.join(venv, "bin", "pip"), ["install", "--quiet", ...packages]);
    fs.writeFileSync(complete, packages.join(" "));
  }
  return venv;
}

async function ready(url: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + startTimeout;
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(`${url}/_ministack/ready`).catch(() => undefined);
    if (response?.ok) {
      return;
    }
    await sleep(100);
  }
  throw new Error(`The emulator did not start:\n${tail(log)}`);
}

/** The last lines or so of a log. */
function tail(log: string): string {
  return fs.readFileSync(log, "utf8").slice(-2000);
}

/** Ends a process that we started, in earnest if it does not heed the first request. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(impatience);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
