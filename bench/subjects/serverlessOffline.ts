import { execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import * as path from "node:path";
import { promisify } from "node:util";
import { end, ended } from "../processes";
import { protocolFrames, type Subject } from "./subject";

/** serverless-offline asks for Serverless, which osls, its open fork, stands in for. */
const packages = ["serverless-offline@14.8.2", "serverless@npm:osls@4.3.1"];

const root = path.resolve(__dirname, "../..");

/** Milliseconds that it may take to start, or npm to install it. */
const startTimeout = 60_000;
const installTimeout = 300_000;

/**
 * serverless-offline with three handlers that do what the local run's routes do.
 * @param inProcess whether handlers run in its own process, its quickest way, and not in threads, its default
 * @throws Error if it cannot be installed or does not start
 */
export async function startServerlessOffline(inProcess: boolean): Promise<Subject> {
  const folder = await install();
  const [httpPort, lambdaPort, webSocketPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const child = ended(
    spawn(
      process.execPath,
      [
        path.join(folder, "node_modules/serverless/bin/serverless.js"),
        ...["offline", "--host", "127.0.0.1", "--noTimeout"],
        ...["--httpPort", String(httpPort), "--lambdaPort", String(lambdaPort)],
        ...["--websocketPort", String(webSocketPort)],
        ...(inProcess ? ["--useInProcess"] : []),
      ],
      {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          CONNECTIONS_ENDPOINT: `http://127.0.0.1:${webSocketPort}`,
          // It would look for updates, and report its use.
          SLS_NOTIFICATIONS_MODE: "off",
          SLS_TELEMETRY_DISABLED: "1",
        },
      },
    ),
  );
  let output = "";
  const started = new Promise<void>((resolve, reject) => {
    const read = (data: Buffer) => {
      // It goes on to write a line for each frame.
      if (output.length < 10_000) output += data.toString();
      if (output.includes("listening on ws://")) resolve();
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${output}`)));
    setTimeout(() => reject(new Error(`it did not start: ${output}`)), startTimeout).unref();
  });
  try {
    await started;
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    key: inProcess ? "serverlessOffline" : "serverlessOfflineThreads",
    name: inProcess ? "serverless-offline, in process" : "serverless-offline, threads",
    dial: {
      url: `ws://127.0.0.1:${webSocketPort}`,
      headers: {},
      frames: protocolFrames("someone"),
    },
    pid: child.pid,
    close: () => end(child),
  };
}

/** Installs it into a git-ignored folder, unless it is there; the project does not depend on it. */
async function install(): Promise<string> {
  const folder = path.join(root, ".switchboard/bench/serverless-offline");
  const complete = path.join(folder, "complete");
  if (!fs.existsSync(complete) || fs.readFileSync(complete, "utf8") !== packages.join(" ")) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "package.json"), '{ "private": true }');
    await promisify(execFile)(
      "npm",
      ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", ...packages],
      { cwd: folder, timeout: installTimeout },
    );
    fs.writeFileSync(complete, packages.join(" "));
  }
  for (const file of ["serverless.yml", "handlers.mjs"]) {
    fs.copyFileSync(path.join(__dirname, "serverlessOffline", file), path.join(folder, file));
  }
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
