import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { assertDiscreet } from "../support/accessLog";
import { evaluated, find, only, type Variant } from "../support/evaluations";

const api = "aws:apigatewayv2/api:Api";
const route = "aws:apigatewayv2/route:Route";

describe("the HTTP API", () => {
  let graph: Graph;
  let apiId: string;
  before(async () => {
    ({ graph } = await evaluated("prod"));
    apiId = find(graph, api, "http").id;
  });

  it("has no CORS where all pages have its own origin", () => {
    assert.deepEqual(find(graph, api, "http").inputs, {
      name: "switchboard-prod-http",
      protocolType: "HTTP",
    });
  });

  it("takes the origins of the setting, with the methods and headers that clients use", async () => {
    const { inputs } = find((await evaluated("dev")).graph, api, "http");
    assert.deepEqual(inputs.corsConfiguration, {
      allowOrigins: ["http://localhost:5173"],
      allowMethods: ["GET", "POST", "DELETE"],
      allowHeaders: ["authorization", "content-type"],
      maxAge: 7200,
    });
  });

  it("takes tokens of the pool for its client, from the Authorization header", () => {
    const poolId = only(graph, "aws:cognito/userPool:UserPool").id;
    assert.deepEqual(find(graph, "aws:apigatewayv2/authorizer:Authorizer", "http").inputs, {
      name: "http",
      apiId,
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: {
        issuer: `https://cognito-idp.eu-west-1.amazonaws.com/${poolId}`,
        audiences: [only(graph, "aws:cognito/userPoolClient:UserPoolClient").id],
      },
    });
  });

  it("hands everything to one function, with payload 2.0", () => {
    const fn = find(graph, "aws:lambda/function:Function", "http");
    assert.deepEqual(find(graph, "aws:apigatewayv2/integration:Integration", "http").inputs, {
      apiId,
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: fn.outputs.invokeArn,
      payloadFormatVersion: "2.0",
    });
    assert.deepEqual(find(graph, "aws:lambda/permission:Permission", "http").inputs, {
      function: "switchboard-prod-http",
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: `${find(graph, api, "http").outputs.executionArn}/*/*`,
    });
  });

  async function routesOf(variant: Variant): Promise<Record<string, string>> {
    const { graph } = await evaluated(variant);
    const { id } = find(graph, api, "http");
    const authorizer = find(graph, "aws:apigatewayv2/authorizer:Authorizer", "http").id;
    const integration = find(graph, "aws:apigatewayv2/integration:Integration", "http").id;
    const routes = graph.ofType(route).filter(({ inputs }) => inputs.apiId === id);
    return Object.fromEntries(
      routes.map(({ inputs: { apiId: _, routeKey, target, ...access } }) => {
        assert.equal(target, `integrations/${integration}`);
        const open = access.authorizationType === "NONE";
        const { authorizationType } = access;
        assert.deepEqual(
          access,
          open ? { authorizationType } : { authorizationType, authorizerId: authorizer },
        );
        return [routeKey, authorizationType];
      }),
    );
  }

  it("wants a token on every route but the one for health checks", async () => {
    assert.deepEqual(await routesOf("prod"), {
      $default: "JWT",
      "ANY /http/{proxy+}": "JWT",
      "GET /http/health": "NONE",
    });
  });

  it("lets preflights through to pages of other origins, since they carry no token", async () => {
    assert.deepEqual(await routesOf("dev"), {
      $default: "JWT",
      "ANY /http/{proxy+}": "JWT",
      "GET /http/health": "NONE",
      "OPTIONS /http/{proxy+}": "NONE",
      "OPTIONS /{proxy+}": "NONE",
    });
  });

  it("has a stage that serves changes, throttled, with access logs", () => {
    const { accessLogSettings, ...stage } = find(
      graph,
      "aws:apigatewayv2/stage:Stage",
      "http",
    ).inputs;
    assert.deepEqual(stage, {
      name: "$default",
      apiId,
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 5000, throttlingBurstLimit: 2500 },
    });
    const group = find(graph, "aws:cloudwatch/logGroup:LogGroup", "http-access");
    assert.equal(accessLogSettings.destinationArn, group.outputs.arn);
    assert.deepEqual(JSON.parse(accessLogSettings.format), {
      time: "$context.requestTime",
      requestId: "$context.requestId",
      method: "$context.httpMethod",
      routeKey: "$context.routeKey",
      status: "$context.status",
      protocol: "$context.protocol",
      responseLength: "$context.responseLength",
      sourceIp: "$context.identity.sourceIp",
      integrationStatus: "$context.integrationStatus",
      errorType: "$context.error.responseType",
    });
    assertDiscreet(accessLogSettings.format);
  });
});
