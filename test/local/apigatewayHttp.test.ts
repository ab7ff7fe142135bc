import assert from "node:assert/strict";
import { Handler, Options, closeAll, resource, route, start } from "./apigatewayHarness";

const httpApi = (api: object = {}, stage: object = {}) => [
  resource("api", "http", { protocolType: "HTTP", ...api }),
  resource("stage", "http-stage", { apiId: "http", name: "$default", autoDeploy: true, ...stage }),
];

/** All routes on one function. */
const routes = (...keys: string[]) =>
  keys.flatMap((key) =>
    route("http", key, {
      integration: {
        integrationUri: "arn:aws:lambda:eu-west-1:000000000000:function:all",
      },
    }),
  );

const showEvent: Handler = (event) => event;

const startApi = (resources: Parameters<typeof start>[0], options: Options = {}) =>
  start(resources, { handlers: { all: showEvent }, ...options });

describe("API Gateway: HTTP APIs", () => {
  afterEach(closeAll);

  it("gives a function the event of payload format 2.0", async () => {
    const gateway = await startApi([
      ...httpApi({}, { stageVariables: { tier: "gold" } }),
      ...routes("POST /items/{id}/{rest+}"),
    ]);
    const response = await fetch(`${gateway.url}/http/items/a%20b/c/d?x=1&x=2&y=%C3%A9`, {
      method: "POST",
      headers: {
        "User-Agent": "tester",
        "X-Two": "2",
        cookie: "a=1; b=2",
        "content-type": "application/json",
        "x-forwarded-for": "203.0.113.9",
      },
      body: '{"text":"Grüße"}',
    });
    const event = (await response.json()) as any;
    const { headers, requestContext, ...rest } = event;
    assert.deepEqual(rest, {
      version: "2.0",
      routeKey: "POST /items/{id}/{rest+}",
      rawPath: "/items/a b/c/d",
      rawQueryString: "x=1&x=2&y=%C3%A9",
      cookies: ["a=1", "b=2"],
      queryStringParameters: { x: "1,2", y: "é" },
      pathParameters: { id: "a b", rest: "c/d" },
      stageVariables: { tier: "gold" },
      body: '{"text":"Grüße"}',
      isBase64Encoded: false,
    });
    assert.equal(headers["x-two"], "2");
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.host, "http.execute-api.eu-west-1.amazonaws.com");
    assert.equal(headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
    const { requestId, time, timeEpoch, ...context } = requestContext;
    assert.deepEqual(context, {
      accountId: "000000000000",
      apiId: "http",
      domainName: "http.execute-api.eu-west-1.amazonaws.com",
      domainPrefix: "http",
      http: {
        method: "POST",
        path: "/items/a b/c/d",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "tester",
      },
      routeKey: "POST /items/{id}/{rest+}",
      stage: "$default",
    });
    assert.equal(response.headers.get("apigw-requestid"), requestId);
    assert.match(time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:/);
    assert.ok(Math.abs(Date.now() - timeEpoch) < 60_000);
    assert.deepEqual(gateway.invocations[0]!.caller, {
      service: "apigateway.amazonaws.com",
      sourceArn: "arn:aws:execute-api:eu-west-1:000000000000:http/$default/POST/items/{id}/{rest+}",
    });
  });

  it("leaves out what a request does not have, and sends forms and bytes as base64", async () => {
    const gateway = await startApi([...httpApi(), ...routes("$default")]);
    const plain = (await (await fetch(`${gateway.url}/http/`)).json()) as any;
    for (const name of ["body", "cookies", "queryStringParameters", "pathParameters"]) {
      assert.ok(!(name in plain), name);
    }
    const body = new URLSearchParams({ a: "1" });
    const form = (await (
      await fetch(`${gateway.url}/http/`, { method: "POST", body })
    ).json()) as any;
    assert.deepEqual(
      [form.body, form.isBase64Encoded],
      [Buffer.from("a=1").toString("base64"), true],
    );
    const { sourceArn } = gateway.invocations[0]!.caller;
    assert.match(sourceArn, /:http\/\$default\/\$default$/);
  });

  it("finds routes by AWS's precedence", async () => {
    const gateway = await startApi([
      ...httpApi(),
      ...routes(
        "ANY /{proxy+}",
        "GET /pets/{proxy+}",
        "GET /pets/dog/{id}",
        "ANY /pets/dog/1",
        "GET /pets/dog/1",
        "$default",
      ),
    ]);
    const cases = [
      ["GET", "/pets/dog/1", "GET /pets/dog/1"],
      ["PUT", "/pets/dog/1", "ANY /pets/dog/1"],
      ["GET", "/pets/dog/2", "GET /pets/dog/{id}"],
      ["POST", "/pets/dog/2", "ANY /{proxy+}"],
      ["GET", "/pets/cat/3/4", "GET /pets/{proxy+}"],
      ["GET", "/pets", "ANY /{proxy+}"],
      ["GET", "/", "$default"],
    ];
    for (const [method, path, expected] of cases) {
      const event = (await (await fetch(`${gateway.url}/http${path}`, { method })).json()) as any;
      assert.equal(event.routeKey, expected, `${method} ${path}`);
    }
  });

  it("serves named stages under their names", async () => {
    const gateway = await startApi([...httpApi({}, { name: "live" }), ...routes("GET /me")]);
    const event = (await (await fetch(`${gateway.url}/http/live/me`)).json()) as any;
    assert.deepEqual([event.rawPath, event.requestContext.stage], ["/live/me", "live"]);
    const missing = await fetch(`${gateway.url}/http/me`);
    assert.deepEqual([missing.status, await missing.json()], [404, { message: "Not Found" }]);
  });

  it("answers 404 for an unknown route or method, and before there is a deployment", async () => {
    const gateway = await startApi([...httpApi(), ...routes("GET /me")]);
    for (const [method, path] of [
      ["GET", "/you"],
      ["POST", "/me"],
    ]) {
      const response = await fetch(`${gateway.url}/http${path}`, { method });
      assert.deepEqual([response.status, await response.json()], [404, { message: "Not Found" }]);
    }
    const idle = await startApi([...httpApi({}, { autoDeploy: false }), ...routes("GET /me")]);
    assert.equal((await fetch(`${idle.url}/http/me`)).status, 404);
  });

  it("sends structured results, and infers the rest", async () => {
    const results: Record<string, unknown> = {
      structured: {
        statusCode: 201,
        headers: { "X-Number": 7, "Content-Type": "text/html" },
        cookies: ["a=1", "b=2"],
        body: "<p>",
      },
      base64: { statusCode: "200", body: "AAEC", isBase64Encoded: true },
      empty: { statusCode: 204 },
      text: "hello",
      object: { message: "hi" },
      nothing: null,
    };
    const gateway = await startApi([...httpApi(), ...routes("GET /{name}")], {
      handlers: { all: (event) => results[event.pathParameters.name] },
    });
    const get = (name: string) => fetch(`${gateway.url}/http/${name}`);
    const structured = await get("structured");
    assert.equal(structured.status, 201);
    assert.equal(structured.headers.get("x-number"), "7");
    assert.equal(structured.headers.get("content-type"), "text/html");
    assert.deepEqual(structured.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(await structured.text(), "<p>");
    assert.deepEqual([...(await (await get("base64")).bytes())], [0, 1, 2]);
    assert.equal((await get("empty")).status, 204);
    for (const [name, body] of [
      ["text", "hello"],
      ["object", '{"message":"hi"}'],
      ["nothing", "null"],
    ] as const) {
      const response = await get(name);
      assert.deepEqual(
        [response.status, response.headers.get("content-type"), await response.text()],
        [200, "application/json", body],
      );
    }
  });

  it("answers 500 for a failing or malformed function and without a permission, 503 when it is late", async () => {
    const late = route("http", "GET /late", {
      integration: {
        integrationUri: "arn:aws:lambda:eu-west-1:000000000000:function:all",
        timeoutMilliseconds: 50,
      },
    });
    const answers: Record<string, () => unknown> = {
      crash: () => {
        throw new Error("boom");
      },
      status: () => ({ statusCode: "many" }),
      body: () => ({ statusCode: 200, body: {} }),
      header: () => ({ statusCode: 200, headers: { "x-bad": "a\r\nb" } }),
      late: () => new Promise((resolve) => setTimeout(resolve, 500).unref()),
    };
    const gateway = await startApi([...httpApi(), ...routes("GET /{name}"), ...late], {
      handlers: { all: (event) => answers[event.rawPath.slice(1)]!() },
    });
    for (const name of ["crash", "status", "body", "header"]) {
      const response = await fetch(`${gateway.url}/http/${name}`);
      assert.deepEqual(
        [response.status, await response.json()],
        [500, { message: "Internal Server Error" }],
        name,
      );
    }
    const timedOut = await fetch(`${gateway.url}/http/late`);
    assert.deepEqual(
      [timedOut.status, await timedOut.json()],
      [503, { message: "Service Unavailable" }],
    );
    const denied = await startApi([...httpApi(), ...routes("GET /me")], {
      permissions: { all: [] },
    });
    for (let i = 0; i < 2; i += 1) {
      assert.equal((await fetch(`${denied.url}/http/me`)).status, 500);
    }
    assert.equal(denied.lines.length, 1);
    assert.match(denied.lines[0]!, /route:Route "http-GET \/me".*Permission.*\/GET\/me/);
  });

  it("answers 413 for a body over 10 MB", async () => {
    const gateway = await startApi([...httpApi(), ...routes("POST /")], {
      handlers: { all: (event) => String(event.body.length) },
    });
    const post = (bytes: number) =>
      fetch(`${gateway.url}/http/`, { method: "POST", body: "x".repeat(bytes) });
    assert.equal(await (await post(10_485_760)).text(), "10485760");
    const response = await post(10_485_761);
    assert.deepEqual(
      [response.status, await response.json()],
      [413, { message: "Request Entity Too Large" }],
    );
  });

  it("throttles with 429", async () => {
    const settings = { throttlingRateLimit: 0.001, throttlingBurstLimit: 1 };
    const gateway = await startApi([
      ...httpApi({}, { defaultRouteSettings: settings }),
      ...routes("GET /me"),
    ]);
    assert.equal((await fetch(`${gateway.url}/http/me`)).status, 200);
    const response = await fetch(`${gateway.url}/http/me`);
    assert.deepEqual(
      [response.status, await response.json()],
      [429, { message: "Too Many Requests" }],
    );
  });

  it("answers preflights itself and sets CORS headers on the rest", async () => {
    const corsConfiguration = {
      allowOrigins: ["https://a.example"],
      allowMethods: ["GET", "POST"],
      allowHeaders: ["authorization"],
      exposeHeaders: ["x-id"],
      maxAge: 300,
    };
    const gateway = await startApi([...httpApi({ corsConfiguration }), ...routes("$default")], {
      handlers: {
        all: () => ({ statusCode: 200, headers: { "access-control-allow-origin": "evil" } }),
      },
    });
    const preflight = (origin: string, method: string) =>
      fetch(`${gateway.url}/http/me`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": method },
      });
    const allowed = await preflight("https://a.example", "POST");
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get("access-control-allow-origin"), "https://a.example");
    assert.equal(allowed.headers.get("access-control-allow-methods"), "GET,POST");
    assert.equal(allowed.headers.get("access-control-allow-headers"), "authorization");
    assert.equal(allowed.headers.get("access-control-max-age"), "300");
    const foreign = await preflight("https://b.example", "POST");
    assert.equal(foreign.headers.get("access-control-allow-origin"), null);
    assert.equal(gateway.invocations.length, 0);
    const get = (origin: string) => fetch(`${gateway.url}/http/me`, { headers: { origin } });
    const answer = await get("https://a.example");
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://a.example");
    assert.equal(answer.headers.get("access-control-expose-headers"), "x-id");
    const other = await get("https://b.example");
    assert.equal(other.headers.get("access-control-allow-origin"), null);
  });

  it("writes access logs", async () => {
    const format =
      "$context.httpMethod $context.path $context.routeKey $context.status $context.responseLength $context.integrationStatus $context.error.responseType";
    const gateway = await startApi(
      [...httpApi({}, { accessLogSettings: { format } }), ...routes("GET /me")],
      { handlers: { all: () => "hello" } },
    );
    await (await fetch(`${gateway.url}/http/me?secret=1`)).text();
    await (await fetch(`${gateway.url}/http/you`)).text();
    assert.deepEqual(gateway.lines, [
      "[http/$default] GET /me GET /me 200 5 200 -",
      "[http/$default] GET /you - 404 23 - RESOURCE_NOT_FOUND",
    ]);
  });
});
