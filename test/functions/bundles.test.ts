import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../infra/components/bundles";
import { startConnectionsStub, type ConnectionsStub } from "./support/connectionsStub";
import { startDynamo, TABLE } from "./support/dynamo";
import { CLIENT, ISSUER, startIdentityProvider } from "./support/identityProvider";
import { signedIn, webSocketEvent } from "./support/invocation";

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
  let dynamo: Awaited<ReturnType<typeof startDynamo>>;
  let stub: ConnectionsStub;

  before(async function () {
    this.timeout(20_000);
    folder = mkdtempSync(path.join(tmpdir(), "bundles-"));
    dynamo = await startDynamo();
    stub = await startConnectionsStub();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await stub.close();
    await dynamo.close();
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

  it("connect stores a session with credentials from the environment, send delivers to it", async () => {
    const settings = { connectionsTable: TABLE, connectionsEndpoint: stub.endpoint };
    const authorizer = signedIn("bob");
    const connected = await invoke(
      "connect",
      settings,
      webSocketEvent("bob-1", { requestContext: { authorizer } }),
    );
    assert.deepEqual(connected, { statusCode: 200 });
    const sent = await invoke(
      "send",
      settings,
      webSocketEvent("bob-1", {
        body: '{"id":"m","channel":"user:bob","body":1}',
        requestContext: { authorizer },
      }),
    );
    const ack = { type: "ack", id: "m", channel: "user:bob", delivered: 1 };
    assert.deepEqual(JSON.parse(sent.body), ack);
    assert.equal(stub.frames("bob-1").length, 1);
  });

  it("are small: the authorizer holds no SDK", () => {
    // 11.7 MB is what Pulumi packages by default.
    const most = (11.7 * 1024 * 1024) / 15;
    for (const entry of ["connect", "disconnect", "send", "http"]) {
      assert.ok(statSync(bundle(entry)).size < most, entry);
    }
    assert.ok(statSync(bundle("authorizer")).size < 150 * 1024);
    for (const entry of ["default", "echo", "preSignUp"]) {
      assert.ok(statSync(bundle(entry)).size < 20 * 1024, entry);
    }
  });
});
