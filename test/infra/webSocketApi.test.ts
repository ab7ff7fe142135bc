import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { evaluated, find } from "../support/evaluations";
import { assertDiscreet } from "../support/accessLog";

const type = (name: string) => `aws:apigatewayv2/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`;

/** Each route: what answers it, and whether the answer goes back over the connection. */
const routes: Record<string, { function?: string; template?: string; twoWay: boolean }> = {
  $connect: { function: "connect", twoWay: false },
  $disconnect: { function: "disconnect", twoWay: false },
  $default: { function: "default", twoWay: true },
  echo: { function: "echo", twoWay: true },
  send: { function: "send", twoWay: true },
  subscribe: { function: "subscribe", twoWay: true },
  unsubscribe: { function: "unsubscribe", twoWay: true },
  history: { function: "history", twoWay: true },
  presence: { function: "presence", twoWay: true },
  ping: { template: '{"type":"pong"}', twoWay: true },
  info: {
    template:
      '{"type":"info","connectionId":"$context.connectionId","domainName":"$context.domainName",' +
      '"stage":"$context.stage","connectedAt":$context.connectedAt}',
    twoWay: true,
  },
};

describe("the WebSocket API", () => {
  let graph: Graph;
  let apiId: string;
  let executionArn: string;
  before(async () => {
    ({ graph } = await evaluated("prod"));
    const api = find(graph, type("Api"), "websocket");
    apiId = api.id;
    executionArn = api.outputs.executionArn;
  });
  const ofApi = (name: string) =>
    graph.ofType(type(name)).filter(({ inputs }) => inputs.apiId === apiId);
  const invokeArn = (name: string) =>
    find(graph, "aws:lambda/function:Function", name).outputs.invokeArn;

  it("selects routes by the field of the setting", () => {
    assert.deepEqual(find(graph, type("Api"), "websocket").inputs, {
      name: "switchboard-prod-websocket",
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
    });
  });

  it("has an authorizer that takes handshakes with any kind of credential", () => {
    const [authorizer, ...more] = ofApi("Authorizer");
    assert.equal(more.length, 0);
    // No identity sources: with several named, a handshake would need all of them.
    assert.deepEqual(authorizer!.inputs, {
      name: "websocket",
      apiId,
      authorizerType: "REQUEST",
      authorizerUri: invokeArn("authorizer"),
    });
  });

  it("has these routes and no others", () => {
    const keys = ofApi("Route").map(({ inputs }) => inputs.routeKey);
    assert.deepEqual(keys.sort(), Object.keys(routes).sort());
    assert.equal(ofApi("Integration").length, keys.length);
  });

  for (const [key, expected] of Object.entries(routes)) {
    it(`answers ${key} by ${expected.function ?? "a template"}`, () => {
      const route = ofApi("Route").find(({ inputs }) => inputs.routeKey === key)!;
      const id = String(route.inputs.target).replace("integrations/", "");
      const integration = graph.withId(type("Integration"), id)!;
      const guarded = key === "$connect";
      assert.deepEqual(route.inputs, {
        apiId,
        routeKey: key,
        target: `integrations/${id}`,
        ...(guarded
          ? { authorizationType: "CUSTOM", authorizerId: ofApi("Authorizer")[0]!.id }
          : { authorizationType: "NONE" }),
        ...(expected.twoWay && { routeResponseSelectionExpression: "$default" }),
      });

      const responses = ofApi("IntegrationResponse")
        .map(({ inputs }) => inputs)
        .filter(({ integrationId }) => integrationId === id);
      if (expected.function === undefined) {
        assert.deepEqual(integration.inputs, {
          apiId,
          integrationType: "MOCK",
          passthroughBehavior: "WHEN_NO_MATCH",
          templateSelectionExpression: "\\$default",
          requestTemplates: { $default: '{"statusCode":200}' },
        });
        assert.deepEqual(responses, [
          {
            apiId,
            integrationId: id,
            integrationResponseKey: "$default",
            templateSelectionExpression: "\\$default",
            responseTemplates: { $default: expected.template },
          },
        ]);
      } else {
        assert.deepEqual(integration.inputs, {
          apiId,
          integrationType: "AWS_PROXY",
          integrationMethod: "POST",
          integrationUri: invokeArn(expected.function),
        });
        assert.deepEqual(responses, []);
      }

      const answers = ofApi("RouteResponse")
        .map(({ inputs }) => inputs)
        .filter(({ routeId }) => routeId === route.id);
      const answer = { apiId, routeId: route.id, routeResponseKey: "$default" };
      assert.deepEqual(answers, expected.twoWay ? [answer] : []);
    });
  }

  it("may invoke each function for its own route, and the authorizer for itself", () => {
    const permissions = graph
      .ofType("aws:lambda/permission:Permission")
      .map(({ inputs }) => inputs)
      .filter(({ sourceArn }) => sourceArn.startsWith(executionArn));
    const [authorizer] = ofApi("Authorizer");
    const expected = Object.entries(routes)
      .filter(([, route]) => route.function !== undefined)
      .map(([key, route]) => [route.function, `${executionArn}/ws/${key}`])
      .concat([["authorizer", `${executionArn}/authorizers/${authorizer!.id}`]])
      .map(([name, sourceArn]) => ({
        function: `switchboard-prod-${name}`,
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        sourceArn,
      }));
    const byFunction = (a: any, b: any) => (a.function < b.function ? -1 : 1);
    assert.deepEqual(permissions.sort(byFunction), expected.sort(byFunction));
  });

  it("has a stage that serves changes, throttled, with access logs", () => {
    const { accessLogSettings, ...stage } = find(graph, type("Stage"), "websocket").inputs;
    assert.deepEqual(stage, {
      name: "ws",
      apiId,
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 5000, throttlingBurstLimit: 2500 },
    });
    const group = find(graph, "aws:cloudwatch/logGroup:LogGroup", "websocket-access");
    assert.equal(accessLogSettings.destinationArn, group.outputs.arn);
    assert.deepEqual(JSON.parse(accessLogSettings.format), {
      time: "$context.requestTime",
      requestId: "$context.requestId",
      connectionId: "$context.connectionId",
      eventType: "$context.eventType",
      routeKey: "$context.routeKey",
      status: "$context.status",
      sourceIp: "$context.identity.sourceIp",
      authorizerStatus: "$context.authorizer.status",
      integrationStatus: "$context.integrationStatus",
      errorType: "$context.error.responseType",
    });
    assertDiscreet(accessLogSettings.format);
  });

  it("logs nothing where the stack keeps no access logs", async () => {
    const { graph: local } = await evaluated("local");
    assert.equal(find(local, type("Stage"), "websocket").inputs.accessLogSettings, undefined);
  });
});
