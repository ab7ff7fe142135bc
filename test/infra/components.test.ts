import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { BundledFunction } from "../../infra/components/bundledFunction";
import { HttpApi, type HttpApiArgs } from "../../infra/components/httpApi";
import { closureOf } from "../support/artefact";
import { anyFunction, registered } from "../support/components";
import { find, only } from "../support/evaluations";

const throttle = { rateLimit: 7, burstLimit: 3 };
const route = "aws:apigatewayv2/route:Route";

describe("HttpApi, by itself", () => {
  const httpApi = (args: Pick<HttpApiArgs, "routes" | "allowedOrigins">) =>
    registered(() => {
      const jwt = { issuer: "https://issuer.test", audiences: ["a"] };
      new HttpApi("web", { apiName: "web", function: anyFunction("web"), jwt, throttle, ...args });
    });
  const routes = {
    "GET /open": "public",
    "ANY /open/{id}": "public",
    "GET /mine": "authenticated",
    "ANY /mine/{id}": "authenticated",
  } as const;
  const keys = (graph: Awaited<ReturnType<typeof httpApi>>) =>
    graph
      .ofType(route)
      .map(({ inputs }) => inputs.routeKey)
      .sort();

  it("has no CORS, and no route for preflights, without origins", async () => {
    for (const allowedOrigins of [undefined, []]) {
      const graph = await httpApi({ routes, allowedOrigins });
      assert.equal(only(graph, "aws:apigatewayv2/api:Api").inputs.corsConfiguration, undefined);
      assert.deepEqual(keys(graph), Object.keys(routes).sort());
    }
  });

  it("has a route for the preflights that an authorizer would refuse, and for no others", async () => {
    const allowedOrigins = ["https://elsewhere.test"];
    const graph = await httpApi({ routes, allowedOrigins });
    const { corsConfiguration } = only(graph, "aws:apigatewayv2/api:Api").inputs;
    assert.deepEqual(corsConfiguration.allowOrigins, allowedOrigins);
    assert.deepEqual(keys(graph), [...Object.keys(routes), "OPTIONS /mine/{id}"].sort());
  });
});

describe("BundledFunction, by itself", () => {
  it("allows what the grants say beside writing its logs", async () => {
    const graph = await registered(() => {
      const queue = pulumi.output("arn:aws:sqs:eu-west-1:000000000000:jobs");
      new BundledFunction("worker", {
        entry: "echo",
        functionName: "any-worker",
        description: "Works",
        settings: { queue: pulumi.output("jobs"), depth: { of: [1, null, true] } },
        grants: [{ actions: ["sqs:SendMessage", "sqs:GetQueueUrl"], resources: [queue] }],
        defaults: { memorySize: 128, timeoutSeconds: 9, logRetentionDays: 1, logLevel: "ERROR" },
      });
    });
    assert.deepEqual(only(graph, "aws:iam/rolePolicy:RolePolicy").inputs.policy.Statement, [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/any-worker:*"],
      },
      {
        Effect: "Allow",
        Action: ["sqs:SendMessage", "sqs:GetQueueUrl"],
        Resource: ["arn:aws:sqs:eu-west-1:000000000000:jobs"],
      },
    ]);
    const fn = find(graph, "aws:lambda/function:Function", "worker");
    assert.equal(fn.inputs.timeout, 9);
    assert.deepEqual(await closureOf(fn), {
      loads: "./dist/functions/echo.js",
      settings: { queue: "jobs", depth: { of: [1, null, true] } },
    });
  });
});
