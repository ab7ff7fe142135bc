import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Graph } from "../../local/graph";
import { closureOf } from "../support/artefact";
import { endpoints, evaluated, find, only, type Variant } from "../support/evaluations";

const fn = "aws:lambda/function:Function";
const names = [
  "authorizer",
  "connect",
  "default",
  "deliver",
  "disconnect",
  "echo",
  "history",
  "http",
  "pre-sign-up",
  "presence",
  "send",
  "subscribe",
  "unsubscribe",
];

/** Those of the stack files. */
const namespaces = {
  room: {
    subscribe: ["authenticated"],
    publish: ["authenticated"],
    history: { seconds: 604_800, count: 1000 },
    presence: true,
    events: true,
  },
  live: {
    subscribe: ["authenticated"],
    publish: ["authenticated"],
    presence: true,
    events: false,
  },
  news: {
    subscribe: ["authenticated"],
    publish: ["group:moderators"],
    history: { seconds: 2_592_000 },
    presence: false,
    events: false,
  },
  my: {
    subscribe: ["owner"],
    publish: ["owner"],
    history: { seconds: 604_800 },
    presence: false,
    events: false,
  },
};

describe("functions", () => {
  const graphOf = async (variant: Variant) => (await evaluated(variant)).graph;

  it("are these", async () => {
    const found = (await graphOf("prod")).ofType(fn).map(({ name }) => name);
    assert.deepEqual(found.sort(), names);
  });

  for (const name of names) {
    it(`${name} has its role, its log group, and the stack's size`, async () => {
      const graph = await graphOf("prod");
      const { code, description, ...inputs } = find(graph, fn, name).inputs;
      assert.deepEqual(inputs, {
        name: `switchboard-prod-${name}`,
        role: `arn:aws:iam::000000000000:role/switchboard-prod-${name}`,
        handler: "__index.handler",
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        memorySize: 512,
        timeout: 15,
        loggingConfig: {
          logFormat: "JSON",
          applicationLogLevel: "INFO",
          systemLogLevel: "WARN",
          logGroup: `/aws/lambda/switchboard-prod-${name}`,
        },
      });
      assert.ok(code);
      assert.ok(description.length > 10 && description.length <= 256);
      assert.deepEqual(find(graph, "aws:cloudwatch/logGroup:LogGroup", name).inputs, {
        name: `/aws/lambda/switchboard-prod-${name}`,
        retentionInDays: 90,
      });
    });
  }

  it("take memory, log level and retention from the stack's settings", async () => {
    const graph = await graphOf("dev");
    const { memorySize, loggingConfig } = find(graph, fn, "send").inputs;
    assert.equal(memorySize, 256);
    assert.equal(loggingConfig.applicationLogLevel, "DEBUG");
    for (const { inputs } of graph.ofType("aws:cloudwatch/logGroup:LogGroup")) {
      assert.equal(inputs.retentionInDays, 7, inputs.name);
    }
  });

  /** What each function is to be given, from the resources of the graph. */
  function settingsIn(graph: Graph, at: { api: string; keys: string }, allowedOrigins: string[]) {
    const table = (name: string) => find(graph, "aws:dynamodb/table:Table", name).inputs.name;
    const connectionsTable = table("connections");
    const subscriptionsTable = table("subscriptions");
    const messagesTable = table("messages");
    const fanoutQueueUrl = find(graph, "aws:sqs/queue:Queue", "fanout").outputs.url;
    const poolId = only(graph, "aws:cognito/userPool:UserPool").id;
    const connectionsEndpoint = `${at.api}/ws`;
    const secret = only(graph, "random:index/randomPassword:RandomPassword").outputs.result;
    const originSecretDigests = [createHash("sha256").update(secret).digest("hex")];
    const leaving = { connectionsTable, subscriptionsTable, fanoutQueueUrl, namespaces };
    const inbox = { seconds: 2_592_000 };
    const publishing = { ...leaving, messagesTable, connectionsEndpoint, inbox };
    return {
      authorizer: {
        issuer: `https://cognito-idp.eu-west-1.amazonaws.com/${poolId}`,
        jwksUri: `${at.keys}/${poolId}/.well-known/jwks.json`,
        clientIds: [only(graph, "aws:cognito/userPoolClient:UserPoolClient").id],
        tokenUse: ["id", "access"],
        originSecretDigests,
        allowedOrigins,
      },
      connect: { ...leaving, connectionsEndpoint },
      default: {},
      deliver: { ...leaving, connectionsEndpoint },
      disconnect: leaving,
      echo: {},
      history: { messagesTable, namespaces, inbox },
      http: { ...publishing, originSecretDigests },
      presence: { subscriptionsTable, namespaces },
      send: publishing,
      subscribe: { ...leaving, messagesTable, inbox },
      unsubscribe: leaving,
    };
  }

  async function assertSettings(graph: Graph, expected: Record<string, unknown>): Promise<void> {
    assert.deepEqual(Object.keys(expected).sort(), names);
    for (const [name, settings] of Object.entries(expected)) {
      const closure = await closureOf(find(graph, fn, name));
      const entry = name === "pre-sign-up" ? "preSignUp" : name;
      assert.deepEqual(closure, { loads: `./dist/functions/${entry}.js`, settings }, name);
    }
  }

  it("know AWS's own addresses and the names of what they use", async () => {
    const graph = await graphOf("prod");
    const { id } = find(graph, "aws:apigatewayv2/api:Api", "websocket");
    const at = {
      api: `https://${id}.execute-api.eu-west-1.amazonaws.com`,
      keys: "https://cognito-idp.eu-west-1.amazonaws.com",
    };
    await assertSettings(graph, {
      ...settingsIn(graph, at, []),
      "pre-sign-up": { confirm: false, verifyEmail: false },
    });
  });

  it("know the addresses of the settings instead, but AWS's own issuer", async () => {
    const graph = await graphOf("local");
    const { id } = find(graph, "aws:apigatewayv2/api:Api", "websocket");
    const at = { api: `${endpoints.executeApi}/${id}`, keys: endpoints.cognito };
    await assertSettings(graph, {
      ...settingsIn(graph, at, []),
      "pre-sign-up": { confirm: true, verifyEmail: true },
    });
  });

  it("know the origins of the setting", async () => {
    const { settings } = await closureOf(find(await graphOf("dev"), fn, "authorizer"));
    assert.deepEqual((settings as any).allowedOrigins, ["http://localhost:5173"]);
  });
});
