import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Graph } from "../../local/graph";
import { evaluate } from "../../local/program/evaluate";
import {
  startIdentityProvider,
  type IdentityProvider,
} from "../functions/support/identityProvider";
import { artefactFiles, invokeBare, unpackTo } from "../support/artefact";
import { startDynamo, type Dynamo } from "../support/dynamo";
import { find, only } from "../support/evaluations";
import { startManagementApi } from "../support/managementApi";

const lambda = "aws:lambda/function:Function";

/** Bytes: what Pulumi packages by default is 11.7 MB, and an artefact is to be at least 15 times smaller. */
const most = (11.7 * 1024 * 1024) / 15;

describe("artefacts, in a bare Node", () => {
  let folder: string;
  let graph: Graph;
  let provider: IdentityProvider;
  let dynamo: Dynamo;
  let api: Awaited<ReturnType<typeof startManagementApi>>;
  let environment: Record<string, string>;

  before(async () => {
    folder = fs.mkdtempSync(path.join(tmpdir(), "artefacts-"));
    provider = await startIdentityProvider();
    api = await startManagementApi();
    const settings = {
      "switchboard:cognitoEndpoint": new URL(provider.jwksUri).origin,
      "switchboard:executeApiEndpoint": api.url,
    };
    ({ graph } = await evaluate({ stack: "local", settings }));
    dynamo = await startDynamo(graph.ofType("aws:dynamodb/table:Table"));
    environment = {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "ASIA",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    };
    for (const fn of graph.ofType(lambda)) await unpackTo(path.join(folder, fn.name), fn);
  });
  after(async () => {
    await dynamo.close();
    await api.close();
    await provider.close();
    fs.rmSync(folder, { recursive: true });
  });

  const invoke = (name: string, event: object) =>
    invokeBare(path.join(folder, name), { ...environment, AWS_LAMBDA_FUNCTION_NAME: name }, event);

  const secret = () => only(graph, "random:index/randomPassword:RandomPassword").outputs.result;
  const webSocketId = () => find(graph, "aws:apigatewayv2/api:Api", "websocket").id;

  const sessions = () => dynamo.rows("switchboard-local-connections");

  /** An event of a connection of a user, whose credential is good for an hour. */
  function frame(connectionId: string, body?: object, username = "bob") {
    const expires = String(Math.floor(Date.now() / 1000) + 3600);
    return {
      isBase64Encoded: false,
      body: body && JSON.stringify(body),
      requestContext: {
        connectionId,
        connectedAt: Date.now(),
        requestId: "request-1",
        routeKey: "any",
        identity: { sourceIp: "192.0.2.10" },
        authorizer: { username, sessionKey: "desk", groups: "[]", expires },
      },
    };
  }

  it("hold two files each, and are small", async () => {
    for (const fn of graph.ofType(lambda)) {
      const files = await artefactFiles(fn);
      const entry = fn.name === "pre-sign-up" ? "preSignUp" : fn.name;
      assert.deepEqual([...files.keys()].sort(), ["__index.js", `dist/functions/${entry}.js`]);
      const size = [...files.values()].reduce((sum, content) => sum + content.length, 0);
      assert.ok(size < most, `${fn.name} has ${size} bytes`);
    }
  });

  describe("authorizer", () => {
    const arn = "arn:aws:execute-api:eu-west-1:000000000000:api1/ws/$connect";
    const handshake = (headers: Record<string, string>) => ({
      type: "REQUEST",
      methodArn: arn,
      headers,
      requestContext: { connectionId: "c1" },
    });
    const token = (aud: string) => {
      const pool = only(graph, "aws:cognito/userPool:UserPool").id;
      const iss = `https://cognito-idp.eu-west-1.amazonaws.com/${pool}`;
      return `Bearer ${provider.idToken({ iss, aud, "cognito:username": "bob" })}`;
    };
    const client = () => only(graph, "aws:cognito/userPoolClient:UserPoolClient").id;

    it("allows a token of the pool, with keys that it fetches", async () => {
      const { principalId, policyDocument, context } = await invoke(
        "authorizer",
        handshake({ "x-origin-verify": secret(), Authorization: token(client()) }),
      );
      assert.equal(principalId, "bob");
      assert.deepEqual(policyDocument.Statement, [
        { Action: "execute-api:Invoke", Effect: "Allow", Resource: arn },
      ]);
      assert.equal(context.username, "bob");
    });

    it("denies without a credential, with another client's, and around the distribution", async () => {
      const refused: Record<string, string>[] = [
        { "x-origin-verify": secret() },
        { "x-origin-verify": secret(), Authorization: token("another") },
        { "x-origin-verify": "a guess", Authorization: token(client()) },
        { Authorization: token(client()) },
      ];
      for (const headers of refused) {
        const { policyDocument } = await invoke("authorizer", handshake(headers));
        assert.equal(policyDocument.Statement[0].Effect, "Deny");
      }
    });
  });

  it("connect stores a session, send reaches it, http shows it, disconnect removes it", async () => {
    assert.deepEqual(await invoke("connect", frame("c1")), { statusCode: 200 });
    const [row] = await sessions();
    assert.equal(row?.username, "bob");
    assert.equal(row?.connectionId, "c1");

    const message = { id: "m", channel: "user:bob", body: 1 };
    const sent = await invoke("send", frame("c9", message, "eve"));
    const { type, channel, to, offset } = JSON.parse(sent.body);
    assert.deepEqual([type, channel, to, offset], ["ack", "user:eve", "user:bob", 1]);

    const shown = await invoke("http", request("/http/sessions", { username: "bob" }));
    assert.equal(shown.statusCode, 200);
    assert.match(shown.body, /"desk"/);

    const read = await invoke("history", frame("c1", { channel: "user:bob" }));
    assert.deepEqual(
      JSON.parse(read.body).messages.map(({ id, from, offset }: any) => [id, from, offset]),
      [["m", "eve", 1]],
    );

    const subscribed = await invoke("subscribe", frame("c1", { channel: "my:bob" }));
    assert.equal(JSON.parse(subscribed.body).type, "subscribed");
    const [subscription] = await dynamo.rows("switchboard-local-subscriptions");
    assert.equal(subscription?.connectionId, "c1");

    // The same session from another connection: the old one is closed.
    assert.deepEqual(await invoke("connect", frame("c2")), { statusCode: 200 });
    const calls = api.calls.map(({ method, path, signed }) => ({ method, path, signed }));
    const at = `/${webSocketId()}/ws/@connections/c1`;
    assert.deepEqual(calls, [
      { method: "POST", path: at, signed: true },
      { method: "DELETE", path: at, signed: true },
    ]);

    assert.deepEqual(await invoke("disconnect", frame("c2")), { statusCode: 200 });
    assert.deepEqual(await sessions(), []);
    assert.deepEqual(await dynamo.rows("switchboard-local-subscriptions"), []);
  });

  function request(rawPath: string, claims?: object, headers?: object) {
    return {
      rawPath,
      headers: headers ?? { "x-origin-verify": secret() },
      requestContext: {
        requestId: "request-1",
        http: { method: "GET" },
        ...(claims && { authorizer: { jwt: { claims: { token_use: "access", ...claims } } } }),
      },
    };
  }

  it("http answers what comes through the distribution", async () => {
    assert.equal((await invoke("http", request("/http/health"))).statusCode, 200);
    assert.equal((await invoke("http", request("/http/me"))).statusCode, 401);
    assert.equal((await invoke("http", request("/http/health", undefined, {}))).statusCode, 403);
  });

  it("echo gives the body back, default names what is unknown", async () => {
    const echo = await invoke("echo", frame("c1", { action: "echo", id: "a", body: [1] }));
    assert.deepEqual(JSON.parse(echo.body), { type: "echo", id: "a", body: [1] });
    const unknown = await invoke("default", frame("c1", { action: "dance" }));
    assert.equal(JSON.parse(unknown.body).code, "unknown-action");
  });

  it("pre-sign-up confirms who signs up, as the stack says", async () => {
    const event = { request: { userAttributes: { email: "a@acme.test" } }, response: {} };
    assert.deepEqual((await invoke("pre-sign-up", event)).response, {
      autoConfirmUser: true,
      autoVerifyEmail: true,
    });
  });
});
