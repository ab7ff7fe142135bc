import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { WebSocketApi, type WebSocketApiArgs } from "../../infra/components/webSocketApi";
import { anyFunction, registered } from "../support/components";
import { only } from "../support/evaluations";

const throttle = { rateLimit: 7, burstLimit: 3 };
const integration = "aws:apigatewayv2/integration:Integration";
const route = "aws:apigatewayv2/route:Route";

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
