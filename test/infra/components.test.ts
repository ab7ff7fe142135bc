import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BundledFunction } from "../../infra/components/bundledFunction";
import { HttpApi, type HttpApiArgs } from "../../infra/components/httpApi";
import { WebSocketApi, type WebSocketApiArgs } from "../../infra/components/webSocketApi";
import { closureOf } from "../support/artefact";
import { registered } from "../support/components";
import { find, only } from "../support/evaluations";

const throttle = { rateLimit: 7, burstLimit: 3 };
const integration = "aws:apigatewayv2/integration:Integration";
const route = "aws:apigatewayv2/route:Route";

/** A function made elsewhere: components take any. */
function anyFunction(name: string): aws.lambda.Function {
  return new aws.lambda.Function(name, { name, role: "arn:aws:iam::000000000000:role/any" });
}

const webSocketApi = (args: Partial<WebSocketApiArgs> & Pick<WebSocketApiArgs, "routes">) =>
  registered(() => {
    new WebSocketApi("chat", { apiName: "chat", stageName: "live", throttle, ...args });
  });

describe("WebSocketApi, by itself", () => {
  it("shapes a function's event and answer with templates", async () => {
    const graph = await webSocketApi({
      routes: () => ({
        sum: {
          integration: {
            type: "lambda",
            function: anyFunction("sum"),
            requestTemplate: '{"terms":$input.json("$.terms")}',
            responseTemplate: '{"type":"sum","sum":$input.path("$")}',
          },
          twoWay: true,
        },
      }),
    });
    const apiId = only(graph, "aws:apigatewayv2/api:Api").id;
    const { id, inputs } = only(graph, integration);
    assert.deepEqual(inputs, {
      apiId,
      integrationType: "AWS",
      integrationMethod: "POST",
      integrationUri: only(graph, "aws:lambda/function:Function").outputs.invokeArn,
      passthroughBehavior: "WHEN_NO_MATCH",
      templateSelectionExpression: "\\$default",
      requestTemplates: { $default: '{"terms":$input.json("$.terms")}' },
    });
    assert.deepEqual(
      only(graph, "aws:apigatewayv2/integrationResponse:IntegrationResponse").inputs,
      {
        apiId,
        integrationId: id,
        integrationResponseKey: "$default",
        templateSelectionExpression: "\\$default",
        responseTemplates: { $default: '{"type":"sum","sum":$input.path("$")}' },
      },
    );
    assert.equal(only(graph, route).inputs.routeResponseSelectionExpression, "$default");
    const { sourceArn } = only(graph, "aws:lambda/permission:Permission").inputs;
    assert.equal(sourceArn, `arn:aws:execute-api:eu-west-1:000000000000:${apiId}/live/sum`);
  });

  it("hands a function's result on as it is without a response template", async () => {
    const graph = await webSocketApi({
      routes: () => ({
        log: {
          integration: { type: "lambda", function: anyFunction("log"), requestTemplate: "{}" },
        },
      }),
    });
    const response = only(graph, "aws:apigatewayv2/integrationResponse:IntegrationResponse");
    assert.equal(response.inputs.responseTemplates, undefined);
    assert.deepEqual(graph.ofType("aws:apigatewayv2/routeResponse:RouteResponse"), []);
    assert.equal(only(graph, route).inputs.routeResponseSelectionExpression, undefined);
  });

  it("selects routes by the action of a frame, or by its type", async () => {
    const routes = () => ({});
    const api = "aws:apigatewayv2/api:Api";
    const byDefault = only(await webSocketApi({ routes }), api).inputs;
    assert.equal(byDefault.routeSelectionExpression, "$request.body.action");
    const routeSelectionExpression = "$request.body.type";
    const byType = only(await webSocketApi({ routes, routeSelectionExpression }), api).inputs;
    assert.equal(byType.routeSelectionExpression, "$request.body.type");
  });

  const onConnect = () => ({
    $connect: {
      integration: { type: "lambda-proxy" as const, function: anyFunction("connect") },
    },
  });

  it("lets everybody connect without an authorizer", async () => {
    const graph = await webSocketApi({ routes: onConnect });
    const { authorizationType, authorizerId } = only(graph, route).inputs;
    assert.equal(authorizationType, "NONE");
    assert.equal(authorizerId, undefined);
    assert.deepEqual(graph.ofType("aws:apigatewayv2/authorizer:Authorizer"), []);
    assert.equal(graph.ofType("aws:lambda/permission:Permission").length, 1);
  });

  it("wants the identity sources that an authorizer names", async () => {
    const identitySources = ["route.request.querystring.token"];
    const graph = await registered(() => {
      const authorizer = { function: anyFunction("authorizer"), identitySources };
      new WebSocketApi("chat", {
        apiName: "chat",
        stageName: "live",
        throttle,
        authorizer,
        routes: onConnect,
      });
    });
    const authorizer = only(graph, "aws:apigatewayv2/authorizer:Authorizer");
    assert.deepEqual(authorizer.inputs.identitySources, identitySources);
    assert.equal(only(graph, route).inputs.authorizerId, authorizer.id);
  });

  it("tells functions where its connections are", async () => {
    let endpoint: unknown;
    let arn: unknown;
    const graph = await webSocketApi({
      routes: (connections) => {
        pulumi.all([connections.endpoint, connections.arn("GET")]).apply((values) => {
          [endpoint, arn] = values;
        });
        return {};
      },
    });
    const { id } = only(graph, "aws:apigatewayv2/api:Api");
    assert.equal(endpoint, `https://${id}.execute-api.eu-west-1.amazonaws.com/live`);
    assert.equal(arn, `arn:aws:execute-api:eu-west-1:000000000000:${id}/live/GET/@connections/*`);
  });

  it("sets both limits of its throttle, since one alone sets the other to 0", async () => {
    const { inputs } = only(
      await webSocketApi({ routes: () => ({}) }),
      "aws:apigatewayv2/stage:Stage",
    );
    assert.deepEqual(inputs.defaultRouteSettings, {
      throttlingRateLimit: 7,
      throttlingBurstLimit: 3,
    });
    assert.equal(inputs.accessLogSettings, undefined);
  });
});

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
