import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../infra/components/bundles";
import { CLIENT, ISSUER, startIdentityProvider } from "./support/identityProvider";
import { signedIn, webSocketEvent } from "./support/invocation";
import { startStack, type Stack } from "./support/stack";

/** Loads a bundle and invokes it, in a Node that finds no packages. */
const RUN = `
  const [file, settings, event] = process.argv.slice(1);
  const handler = require(file).createHandler(JSON.parse(settings));
  const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 10000 };
  for (const level of ["info", "warn", "error"]) console[level] = () => {};
  handler(JSON.parse(event), context).then((result) => {
    process.stdout.write(JSON.stringify(result), () => process.exit());
  });
`;

describe("bundles, in a bare Node", () => {
  let folder: string;
  let stack: Stack;

  before(async function () {
    this.timeout(20_000);
    folder = mkdtempSync(path.join(tmpdir(), "bundles-"));
    stack = await startStack();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await stack.close();
  });

  async function invoke(entry: string, settings: object, event: object) {
    const file = path.join(folder, `${entry}.js`);
    cpSync(bundle(entry), file);
    const args = ["-e", RUN, file, JSON.stringify(settings), JSON.stringify(event)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return JSON.parse(stdout);
  }

  it("authorizer accepts a token of a key fetched through its own JWK import", async () => {
    const provider = await startIdentityProvider();
    const settings = {
      issuer: ISSUER,
      jwksUri: provider.jwksUri,
      clientIds: [CLIENT],
      tokenUse: ["id"],
      originSecretDigests: [],
      allowedOrigins: [],
    };
    const event = {
      methodArn: "arn:aws:execute-api:eu-west-1:000000000000:api1/ws/$connect",
      headers: { Authorization: `Bearer ${provider.idToken()}` },
      requestContext: {},
    };
    const result = await invoke("authorizer", settings, event);
    await provider.close();
    assert.equal(result.policyDocument.Statement[0].Effect, "Allow");
    assert.equal(result.context.username, "alice");
  });

  it("connect stores a session with credentials from the environment, the others work with it", async () => {
    const run = async (entry: string, body?: object) => {
      const requestContext = { authorizer: signedIn("bob") };
      const text = body && JSON.stringify(body);
      const event = webSocketEvent("bob-1", { body: text, requestContext });
      return invoke(entry, stack.settings, event);
    };
    assert.deepEqual(await run("connect"), { statusCode: 200 });
    const subscribed = JSON.parse((await run("subscribe", { channel: "room:a" })).body);
    assert.equal(subscribed.type, "subscribed");
    const [job] = stack.queue.take();
    assert.equal(JSON.parse(job?.data ?? "").event, "join");
    const Records = [{ messageId: "m", body: JSON.stringify({ ...job, except: undefined }) }];
    const worked = await invoke("deliver", stack.settings, { Records });
    assert.deepEqual(worked, { batchItemFailures: [] });
    assert.equal(stack.connections.frames("bob-1").length, 1);
    const ack = JSON.parse((await run("send", { id: "m", channel: "room:a", body: 1 })).body);
    assert.equal(ack.offset, 1);
    const page = JSON.parse((await run("history", { channel: "room:a" })).body);
    assert.equal(page.messages[0].body, 1);
    const present = JSON.parse((await run("presence", { channel: "room:a" })).body);
    assert.deepEqual(present.users, ["bob"]);
    const left = JSON.parse((await run("unsubscribe", { channel: "room:a" })).body);
    assert.equal(left.type, "unsubscribed");
    assert.deepEqual(await run("disconnect"), { statusCode: 200 });
    assert.equal(await stack.sessions.get("bob", "desk"), undefined);
  });

  it("are small: the authorizer holds no SDK", () => {
    // 11.7 MB is what Pulumi packages by default.
    const most = (11.7 * 1024 * 1024) / 15;
    const large = ["connect", "disconnect", "send", "http", "subscribe", "unsubscribe"];
    for (const entry of [...large, "history", "presence", "deliver"]) {
      assert.ok(statSync(bundle(entry)).size < most, entry);
    }
    assert.ok(statSync(bundle("authorizer")).size < 150 * 1024);
    for (const entry of ["default", "echo", "preSignUp"]) {
      assert.ok(statSync(bundle(entry)).size < 20 * 1024, entry);
    }
  });
});
