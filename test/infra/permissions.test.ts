import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { evaluated, find, only } from "../support/evaluations";

const trust = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});

describe("roles", () => {
  let graph: Graph;
  before(async () => ({ graph } = await evaluated("prod")));

  /** What each function may do beside writing its logs. */
  function grants(): Record<string, { Action: string[]; Resource: string[] }[]> {
    const arn = (name: string) => find(graph, "aws:dynamodb/table:Table", name).outputs.arn;
    const onTable = (name: string, ...actions: string[]) => ({
      Action: actions.map((action) => `dynamodb:${action}`),
      Resource: [arn(name)],
    });
    const api = find(graph, "aws:apigatewayv2/api:Api", "websocket").outputs.executionArn;
    const onConnections = (...methods: string[]) => ({
      Action: ["execute-api:ManageConnections"],
      Resource: methods.map((method) => `${api}/ws/${method}/@connections/*`),
    });
    const onQueue = (...actions: string[]) => ({
      Action: actions.map((action) => `sqs:${action}`),
      Resource: [find(graph, "aws:sqs/queue:Queue", "fanout").outputs.arn],
    });
    const publishing = [
      onTable("connections", "DeleteItem", "Query"),
      onTable("subscriptions", "DeleteItem", "Query"),
      onTable("messages", "PutItem", "Query"),
      onConnections("POST", "DELETE"),
      onQueue("SendMessage"),
    ];
    return {
      authorizer: [],
      connect: [
        onTable("connections", "PutItem"),
        onTable("subscriptions", "DeleteItem", "Query"),
        onConnections("DELETE"),
        onQueue("SendMessage"),
      ],
      default: [],
      deliver: [
        onTable("connections", "DeleteItem"),
        onTable("subscriptions", "DeleteItem", "Query"),
        onConnections("POST", "DELETE"),
        onQueue("SendMessage"),
        onQueue("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
      ],
      disconnect: [
        onTable("connections", "DeleteItem"),
        { Action: ["dynamodb:Query"], Resource: [`${arn("connections")}/index/byConnectionId`] },
        onTable("subscriptions", "DeleteItem", "Query"),
        onQueue("SendMessage"),
      ],
      echo: [],
      history: [onTable("messages", "Query")],
      http: [onTable("connections", "GetItem"), ...publishing],
      "pre-sign-up": [],
      presence: [onTable("subscriptions", "Query")],
      send: publishing,
      subscribe: [
        onTable("connections", "GetItem", "UpdateItem"),
        onTable("subscriptions", "PutItem", "Query"),
        onTable("messages", "Query"),
        onQueue("SendMessage"),
      ],
      unsubscribe: [
        onTable("connections", "UpdateItem"),
        onTable("subscriptions", "DeleteItem", "Query"),
        onQueue("SendMessage"),
      ],
    };
  }

  it("of functions allow their own logs, what the function does, and nothing else", () => {
    const policies = graph.ofType("aws:iam/rolePolicy:RolePolicy");
    assert.deepEqual(policies.map(({ name }) => name).sort(), Object.keys(grants()));
    for (const [name, statements] of Object.entries(grants())) {
      const group = find(graph, "aws:cloudwatch/logGroup:LogGroup", name).outputs.arn;
      const logs = {
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: [`${group}:*`],
      };
      assert.deepEqual(find(graph, "aws:iam/rolePolicy:RolePolicy", name).inputs, {
        role: `switchboard-prod-${name}`,
        policy: {
          Version: "2012-10-17",
          Statement: [logs, ...statements].map((statement) => ({ Effect: "Allow", ...statement })),
        },
      });
    }
  });

  it("are taken by Lambda alone, each by one function", () => {
    for (const name of Object.keys(grants())) {
      assert.deepEqual(find(graph, "aws:iam/role:Role", name).inputs, {
        name: `switchboard-prod-${name}`,
        assumeRolePolicy: trust("lambda.amazonaws.com"),
      });
    }
    const roles = graph.ofType("aws:lambda/function:Function").map(({ inputs }) => inputs.role);
    assert.equal(new Set(roles).size, roles.length);
  });

  it("allow no whole service and no resource at large", () => {
    const documents = graph.resources.flatMap(({ inputs }) => inputs.policy ?? []);
    assert.equal(documents.length, 16);
    const statements = documents.flatMap(({ Statement }) => Statement);
    for (const { Action, Resource } of statements.filter(({ Effect }) => Effect === "Allow")) {
      for (const action of [Action].flat()) assert.match(action, /^[a-z0-9-]+:[A-Za-z]+$/);
      for (const resource of [Resource].flat()) assert.match(resource, /^arn:aws:[a-z0-9-]+:.*\w/);
    }
  });

  it("attach one managed policy, to the role that API Gateway writes access logs with", () => {
    const role = find(graph, "aws:iam/role:Role", "api-gateway-logs");
    assert.deepEqual(role.inputs, { assumeRolePolicy: trust("apigateway.amazonaws.com") });
    assert.deepEqual(only(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs, {
      role: role.outputs.name,
      policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    });
    assert.deepEqual(only(graph, "aws:apigateway/account:Account").inputs, {
      cloudwatchRoleArn: role.outputs.arn,
    });
  });
});
