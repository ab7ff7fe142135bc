import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { call, Connection } from "./client";
import { LocalRunProcess } from "./localRun";
import { newUsername, signInBySrp, signUp } from "./users";

describe("the local run, from start to end", function () {
  this.timeout(120_000);
  const state = fs.mkdtempSync(path.join(os.tmpdir(), "switchboard-lifetime-"));
  let run: LocalRunProcess | undefined;

  afterEach(async () => {
    await run?.end("SIGKILL");
  });
  after(() => fs.rmSync(state, { recursive: true }));

  it("finds its users and sessions again after it was killed, and removes the stale ones at a send", async () => {
    run = await LocalRunProcess.start(state);
    const before = run.config;
    const username = newUsername("kept");
    await signUp(run.target, username);
    const tokens = await signInBySrp(run.target, username);
    const phone = await Connection.open(run.target, { token: tokens.access, session: "phone" });
    await phone.ask({ action: "send", channel: `user:${username}`, body: 1 }, { type: "ack" });
    const rows = async (token: string): Promise<any[]> => {
      const { status, body } = await call(run!.target, "GET", "/sessions", { token });
      assert.equal(status, 200);
      return body.sessions;
    };
    const sessions = async (token: string) =>
      (await rows(token)).map(({ sessionKey }) => sessionKey);
    assert.deepEqual(await sessions(tokens.access), ["phone"]);

    // Nothing tells the functions that the connection is gone.
    await run.end("SIGKILL");
    run = await LocalRunProcess.start(state);
    assert.equal(run.config.userPoolId, before.userPoolId);
    assert.equal(run.config.userPoolClientId, before.userPoolClientId);
    assert.deepEqual(await sessions(tokens.access), ["phone"], "an old token and an old row");

    // As it will be in a while: one that was opened just now might be on its way still, and stays.
    const [{ sessionKey, connectionId }] = await rows(tokens.access);
    const expires = Math.floor(Date.now() / 1000) + 600;
    await run.target.storeSession!({
      ...{ username, sessionKey, connectionId, connectedAt: Date.now() - 60_000 },
      ...{ expires, credentialExpires: expires },
    });

    const again = await signInBySrp(run.target, username);
    const laptop = await Connection.open(run.target, { token: again.id, session: "laptop" });
    const frame = { action: "send", id: "1", channel: `user:${username}`, body: "back" };
    const { offset } = await laptop.ask(frame, { type: "ack", id: "1" });
    assert.equal(offset, 2, "the log goes on from before");
    assert.deepEqual(await sessions(again.access), ["laptop"]);
    await laptop.close();

    assert.equal(await run.end(), 0);
    run = await LocalRunProcess.start(state, "--fresh");
    await assert.rejects(signInBySrp(run.target, username), { name: "NotAuthorizedException" });
  });

  it("leaves no process behind when it is told to end", async () => {
    run = await LocalRunProcess.start(state);
    const children = childrenOf(run.pid);
    assert.ok(children.length > 0, "DynamoDB runs in a process of its own");
    assert.equal(await run.end("SIGTERM"), 0);
    await Promise.race([
      Promise.all(children.map(gone)),
      new Promise((_, reject) => setTimeout(reject, 5_000, new Error("A child lives on."))),
    ]);
  });

  it("says which port is taken, and how to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      for (const option of ["--port", "--services-port", "--dynamodb-port"]) {
        const { status, stdout, stderr } = startAndFail(option, String(port));
        assert.equal(status, 1, stdout + stderr);
        assert.equal(
          stderr,
          `Port ${port} is taken: stop what uses it, or choose another with ${option}.\n`,
        );
      }
    } finally {
      other.close();
    }
  });

  it("refuses options that it does not know, and ports that are none", () => {
    assert.match(startAndFail("--port", "http").stderr, /--port is "http": write a port from 0 to/);
    assert.match(startAndFail("--prot", "1").stderr, /--prot/);
  });

  /** Runs `npm start` with an option that it cannot run with. */
  function startAndFail(...options: string[]) {
    const ports = ["--port", "--services-port", "--dynamodb-port"].flatMap((name) =>
      options.includes(name) ? [] : [name, "0"],
    );
    return spawnSync(
      process.execPath,
      ["--import", "tsx", "local/main.ts", "--state", state, ...ports, ...options],
      { encoding: "utf8", timeout: 30_000 },
    );
  }
});

/** The processes that a process has started, as far as the system tells. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** A process may need a moment to end after its parent. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
