import assert from "node:assert/strict";
import type { Resource } from "../../local/graph";
import { compileSelection, select } from "../../local/apigateway/selection";
import { compileTemplate } from "../../local/apigateway/templates";
import { evaluatePolicy } from "../../local/apigateway/policy";
import { StageThrottle, TokenBucket } from "../../local/apigateway/throttle";
import {
  closeAll,
  invokeArn,
  mockRoute,
  resource,
  route,
  start,
  webSocketApi,
} from "./apigatewayHarness";

describe("API Gateway: what a graph may hold", () => {
  afterEach(closeAll);

  const http = resource("api", "http", { protocolType: "HTTP" });
  const guard = resource("authorizer", "guard", {
    apiId: "ws",
    authorizerType: "REQUEST",
    authorizerUri: invokeArn("guard"),
  });
  const bad: Record<string, [Resource[], RegExp]> = {
    "a target that names nothing": [
      [...webSocketApi(), ...route("ws", "x", { route: { target: "integrations/none" } })],
      /route:Route "ws-x": its target "integrations\/none" names no integration/,
    ],
    "a route without a target": [
      [...webSocketApi(), ...route("ws", "x", { route: { target: undefined } })],
      /route:Route "ws-x": its target "" names no integration/,
    ],
    "an unknown integration type": [
      [...webSocketApi(), ...route("ws", "x", { integration: { integrationType: "SOAP" } })],
      /integration:Integration "ws-x-integration": the integration type SOAP/,
    ],
    "an integration of something else than a function": [
      [...webSocketApi(), ...route("ws", "x", { integration: { integrationUri: "https://a.b" } })],
      /"ws-x-integration": its URI "https:\/\/a.b" is not that of a Lambda function/,
    ],
    "settings that it does not have": [
      [
        ...webSocketApi(),
        ...route("ws", "x", { integration: { credentialsArn: "arn", tlsConfig: {} } }),
      ],
      /"ws-x-integration": credentialsArn: not supported by the local run/,
    ],
    "payload format 1.0": [
      [http, ...route("http", "GET /", { integration: { payloadFormatVersion: undefined } })],
      /"http-GET \/-integration": its payloadFormatVersion is "1.0"/,
    ],
    "an API that does not exist": [
      [resource("stage", "lost", { apiId: "none" })],
      /stage:Stage "lost": its apiId "none" names no API/,
    ],
    "two routes with one key": [
      [
        ...webSocketApi(),
        ...route("ws", "x"),
        resource("route", "twice", route("ws", "x")[1]!.inputs),
      ],
      /route:Route "twice": another route of the API has the key "x" as well/,
    ],
    "an HTTP route key without a method": [
      [http, ...route("http", "/items")],
      /route:Route "http-\/items": its routeKey "\/items" is neither/,
    ],
    "IAM authorization": [
      [...webSocketApi(), ...route("ws", "$connect", { route: { authorizationType: "AWS_IAM" } })],
      /"ws-\$connect": the authorization type AWS_IAM is not supported/,
    ],
    "an authorizer on another route than $connect": [
      [
        ...webSocketApi(),
        guard,
        ...route("ws", "x", { route: { authorizationType: "CUSTOM", authorizerId: "guard" } }),
      ],
      /"ws-x": a WebSocket API authorizes on its \$connect route only/,
    ],
    "a JWT authorizer of a WebSocket API": [
      [...webSocketApi(), resource("authorizer", "jwt", { apiId: "ws", authorizerType: "JWT" })],
      /authorizer:Authorizer "jwt": a WebSocket API takes authorizers of type REQUEST/,
    ],
    "an unknown identity source": [
      [
        ...webSocketApi(),
        resource("authorizer", "odd", { ...guard.inputs, identitySources: ["$request.body.x"] }),
      ],
      /authorizer:Authorizer "odd": its identity source "\$request.body.x"/,
    ],
    "a template that cannot be parsed": [
      [...webSocketApi(), ...mockRoute("ws", "x", "#set($a = )")],
      /integrationResponse:IntegrationResponse "ws-x-answer": its template "\$default" cannot be parsed/,
    ],
    "an unknown variable in an expression": [
      [
        ...webSocketApi(),
        ...route("ws", "x", { integration: { templateSelectionExpression: "$request.path.a" } }),
      ],
      /"ws-x-integration": The variable "request.path.a"/,
    ],
    "a stage with a deployment that does not exist": [
      [...webSocketApi({ deploymentId: "none" })],
      /stage:Stage "ws-stage": its deploymentId "none"/,
    ],
    "an integration response key that is no pattern": [
      [
        ...webSocketApi(),
        ...mockRoute("ws", "x", "y"),
        resource("integrationResponse", "odd", {
          apiId: "ws",
          integrationId: "ws-x-integration",
          integrationResponseKey: "200",
        }),
      ],
      /"odd": its integrationResponseKey "200" is neither/,
    ],
  };
  for (const [what, [resources, message]] of Object.entries(bad)) {
    it(`refuses ${what}, by name`, () => assert.rejects(start(resources), { message }));
  }

  it("names all problems at once", async () => {
    const resources = [
      resource("stage", "one", { apiId: "none" }),
      resource("stage", "two", { apiId: "none" }),
    ];
    await assert.rejects(start(resources), { message: /"one".*\n.*"two"/ });
  });

  it("names what it does nothing for", async () => {
    const gateway = await start([...webSocketApi(), resource("model", "frame", { apiId: "ws" })]);
    assert.match(gateway.lines.join(), /model:Model "frame" has no counterpart/);
  });

  it("serves a stage with a deployment", async () => {
    const gateway = await start([
      ...webSocketApi({ autoDeploy: undefined, deploymentId: "first" }),
      resource("deployment", "first", { apiId: "ws" }),
    ]);
    (await gateway.connect()).socket.terminate();
  });
});

describe("API Gateway: mapping templates", () => {
  const render = (template: string, body: string, context: object = {}) => {
    let json: unknown = body;
    try {
      json = JSON.parse(body);
    } catch {
      // Not JSON: $input sees the text.
    }
    return compileTemplate(template).render({ body, json, context, stageVariables: {} });
  };

  it("evaluates $input", () => {
    const body = '{"a":{"b":[1,{"c":"x"}]},"n":null}';
    assert.equal(render("$input.body", body), body);
    assert.equal(render("$input.path('$.a.b[1].c')", body), "x");
    assert.equal(render("$input.json('$.a')", body), '{"b":[1,{"c":"x"}]}');
    assert.equal(render("[$input.path('$.none')]$input.json('$.n')", body), '[]""');
    assert.equal(render("$input.json('$')", "plain"), '"plain"');
    assert.throws(() => render("$input.path('$..a')", body), /\$\.\.a" is not supported/);
  });

  it("evaluates $util", () => {
    assert.equal(render("$util.escapeJavaScript($input.body)", `"a'/é\n`), `\\"a\\'\\/\\u00E9\\n`);
    assert.equal(render("$util.parseJson($input.body).a", '{"a":1}'), "1");
    assert.equal(render("$util.urlEncode($input.body)", "a b&ü"), "a+b%26%C3%BC");
    assert.equal(render("$util.urlDecode($input.body)", "a+b%26"), "a b&");
    assert.equal(render("$util.base64Decode($util.base64Encode($input.body))", "ü"), "ü");
  });

  it("evaluates directives, each time anew", () => {
    const template = compileTemplate(
      "#if($context.n > 1)#set($seen = 'many')#end$seen#foreach($i in [1..2])$i#end",
    );
    const scope = (n: number) => ({ body: "", json: "", stageVariables: {}, context: { n } });
    assert.equal(template.render(scope(2)), "many12");
    assert.equal(template.render(scope(1)), "12");
  });

  it("knows constants", () => {
    assert.equal(compileTemplate('{"type":"pong"}').constant, '{"type":"pong"}');
    assert.equal(compileTemplate("$context.stage").constant, undefined);
  });
});

describe("API Gateway: expressions, policies and buckets", () => {
  it("selects by text, variables and escaped dollars", () => {
    const scope = { lookup: ({ path }: { path: string[] }) => ({ a: "A", n: 2 })[path.join()] };
    const choose = (expression: string) => select(compileSelection(expression), scope);
    assert.equal(choose("\\$default"), "$default");
    assert.equal(choose("$request.body.a"), "A");
    assert.equal(choose("${request.body.a}-v${request.body.n}"), "A-v2");
    assert.equal(choose("${request.body.none}-v"), undefined);
    assert.throws(() => choose("$context.stage"), /"context.stage".*not supported/);
  });

  it("evaluates policies as IAM does", () => {
    const arn = "arn:aws:execute-api:eu-west-1:0:api/live/$connect";
    const statement = (
      Effect: string,
      Resource: unknown,
      Action: unknown = "execute-api:Invoke",
    ) => ({
      Effect,
      Resource,
      Action,
    });
    const evaluate = (...Statement: unknown[]) => evaluatePolicy({ Statement }, arn);
    assert.equal(evaluate(statement("Allow", ["x", arn])), "allow");
    assert.equal(evaluate(statement("Allow", "arn:*/live/$connec?", "execute-api:*")), "allow");
    assert.equal(evaluate(statement("Allow", arn), statement("Deny", "*")), "deny");
    assert.equal(evaluate(statement("Allow", arn, "s3:*")), "implicit deny");
    assert.equal(evaluate(statement("Allow", 7)), undefined);
    assert.equal(evaluate(), undefined);
    assert.equal(evaluatePolicy("text", arn), undefined);
  });

  it("refills buckets at their rate up to their burst", () => {
    const start = Date.now();
    const bucket = new TokenBucket(10, 2);
    const take = (after: number) => bucket.take(start + after);
    assert.deepEqual([take(0), take(0), take(0)], [true, true, false]);
    assert.deepEqual([take(150), take(150)], [true, false]);
    assert.deepEqual([take(9000), take(9000), take(9000)], [true, true, false]);
  });

  it("does not charge the account for what a route refuses", () => {
    const account = new TokenBucket(0, 2);
    const routes = new Map([["a", { rate: 0, burst: 1 }]]);
    const throttle = new StageThrottle(account, undefined, routes);
    const now = Date.now();
    const taken = ["a", "a", "a", "b", "b"].map((key) => throttle.take(key, now));
    assert.deepEqual(taken, [true, false, false, true, false]);
  });
});
