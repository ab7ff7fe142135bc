import assert from "node:assert/strict";
import {
  Handler,
  closeAll,
  invokeArn,
  mockRoute,
  resource,
  route,
  start,
  until,
  webSocketApi,
} from "./apigatewayHarness";

const echo: Handler = (event) => ({ statusCode: 200, body: event.body });

describe("API Gateway: WebSocket messages", () => {
  afterEach(closeAll);

  it("answers a mock with constant templates, and one with $context", async () => {
    const template =
      '{"connectionId":"$context.connectionId","domainName":"$context.domainName",' +
      '"stage":"$context.stage","connectedAt":$context.connectedAt,"none":"$context.nothing"}';
    const gateway = await start([
      ...webSocketApi(),
      ...mockRoute("ws", "ping", '{"type":"pong"}'),
      ...mockRoute("ws", "info", template),
    ]);
    const client = await gateway.connect();
    assert.deepEqual(await client.ask({ action: "ping" }), { type: "pong" });
    const info = await client.ask({ action: "info" });
    assert.match(info.connectionId, /^[\w-]{15}=$/);
    assert.ok(Math.abs(Date.now() - info.connectedAt) < 60_000);
    assert.deepEqual(
      [info.domainName, info.stage, info.none],
      ["ws.execute-api.eu-west-1.amazonaws.com", "live", ""],
    );
  });

  it("gives a route the event that AWS documents, and sends its body back", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "echo", { twoWay: true })], {
      handlers: { echo },
    });
    const client = await gateway.connect();
    const frame = { action: "echo", text: "Grüße" };
    assert.deepEqual(await client.ask(frame), frame);
    const [{ event, caller }] = gateway.invocations as [(typeof gateway.invocations)[number]];
    assert.equal(caller.sourceArn, "arn:aws:execute-api:eu-west-1:000000000000:ws/live/echo");
    assert.deepEqual(Object.keys(event).sort(), ["body", "isBase64Encoded", "requestContext"]);
    const context = event.requestContext;
    assert.deepEqual(
      [context.routeKey, context.eventType, context.messageDirection, context.authorizer],
      ["echo", "MESSAGE", "IN", undefined],
    );
    assert.match(context.messageId, /^[\w-]{15}=$/);
    assert.equal(context.identity.sourceIp, "127.0.0.1");
  });

  it("sends nothing back on a one-way route", async () => {
    const gateway = await start(
      [...webSocketApi(), ...route("ws", "tell"), ...mockRoute("ws", "ping", "pong")],
      { handlers: { tell: echo } },
    );
    const client = await gateway.connect();
    client.socket.send('{"action":"tell"}');
    await until(() => gateway.invocations.length === 1);
    assert.equal(await client.ask({ action: "ping" }), "pong");
  });

  it("sends nothing back without a routeResponseSelectionExpression", async () => {
    const silent = route("ws", "echo", {
      twoWay: true,
      route: { routeResponseSelectionExpression: undefined },
    });
    const gateway = await start(
      [...webSocketApi(), ...silent, ...mockRoute("ws", "ping", "pong")],
      {
        handlers: { echo },
      },
    );
    const client = await gateway.connect();
    client.socket.send('{"action":"echo"}');
    await until(() => gateway.invocations.length === 1);
    assert.equal(await client.ask({ action: "ping" }), "pong");
  });

  it("falls to $default for what selects no route", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "$default", { twoWay: true })], {
      handlers: { default: (event) => ({ statusCode: 200, body: event.requestContext.routeKey }) },
    });
    const client = await gateway.connect();
    for (const frame of [
      "not JSON",
      "[1]",
      "null",
      '{"action":"unknown"}',
      '{"action":{"a":1}}',
      '{"action":"$connect"}',
      '{"action":"constructor"}',
      "{}",
    ]) {
      assert.equal(await client.ask(frame), "$default", frame);
    }
  });

  it("answers Forbidden where there is no $default", async () => {
    const gateway = await start(webSocketApi());
    const client = await gateway.connect();
    const { message, connectionId, requestId } = await client.ask({ action: "unknown" });
    assert.equal(message, "Forbidden");
    assert.match(connectionId, /^[\w-]{15}=$/);
    assert.match(requestId, /^[\w-]{15}=$/);
  });

  it("selects routes by dotted paths, numbers and composed expressions", async () => {
    const api = (expression: string, id: string) => {
      const [first, stage] = webSocketApi({}, id);
      first!.inputs.routeSelectionExpression = expression;
      return [first!, stage!];
    };
    const gateway = await start([
      ...api("$request.body.meta.kinds[0]", "a"),
      ...mockRoute("a", "7", "seven"),
      ...api("${request.body.service}.${request.body.verb}", "b"),
      ...mockRoute("b", "room.join", "joined"),
    ]);
    const a = await gateway.connect("/a/live");
    assert.equal(await a.ask({ meta: { kinds: [7] } }), "seven");
    const b = await gateway.connect("/b/live");
    assert.equal(await b.ask({ service: "room", verb: "join" }), "joined");
    assert.equal((await b.ask({ service: "room" })).message, "Forbidden");
  });

  it("answers an error for a failing function, and the next message works", async () => {
    const failures: Record<string, Handler> = {
      crash: () => {
        throw new Error("boom");
      },
      malformed: () => ({ hello: 1 }),
      object: () => ({ statusCode: 200, body: { not: "text" } }),
      nothing: () => undefined,
    };
    const gateway = await start([...webSocketApi(), ...route("ws", "fail", { twoWay: true })], {
      handlers: {
        fail: (event, caller) =>
          failures[JSON.parse(event.body).how]?.(event, caller) ?? { statusCode: 200, body: "ok" },
      },
    });
    const client = await gateway.connect();
    for (const how of ["crash", "malformed", "object"]) {
      const answer = await client.ask({ action: "fail", how });
      assert.equal(answer.message, "Internal server error", how);
      assert.deepEqual(Object.keys(answer), ["message", "connectionId", "requestId"]);
    }
    assert.equal(await client.ask({ action: "fail" }), "ok");
  });

  it("answers that an integration timed out", async () => {
    const slow = route("ws", "slow", { twoWay: true, integration: { timeoutMilliseconds: 50 } });
    const gateway = await start([...webSocketApi(), ...slow], {
      handlers: { slow: () => new Promise((resolve) => setTimeout(resolve, 500).unref()) },
    });
    const client = await gateway.connect();
    assert.equal((await client.ask({ action: "slow" })).message, "Endpoint request timed out");
  });

  it("runs the messages of one connection concurrently", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const gateway = await start([...webSocketApi(), ...route("ws", "echo", { twoWay: true })], {
      handlers: {
        async echo(event) {
          if (event.body.includes("first")) await held;
          return { statusCode: 200, body: event.body };
        },
      },
    });
    const client = await gateway.connect();
    client.socket.send('{"action":"echo","n":"first"}');
    assert.equal((await client.ask({ action: "echo", n: "second" })).n, "second");
    release();
    assert.equal((await client.next()).n, "first");
  });

  it("maps requests and responses of a non-proxy Lambda by templates", async () => {
    const integration = {
      integrationType: "AWS",
      templateSelectionExpression: "${request.body.kind}",
      requestTemplates: {
        order: `{"item":$input.json('$.item'),"by":"$context.connectionId","raw":"$util.escapeJavaScript($input.body)"}`,
        $default: '{"item":"other","tier":"$stageVariables.tier"}',
      },
    };
    const response = `#set($r = $input.path('$'))
{"got":"$r.item.toUpperCase()"#if($r.count > 1),"many":true#end,"names":[#foreach($n in $r.names)"$n"#if($foreach.hasNext),#end#end]}`;
    const gateway = await start(
      [
        ...webSocketApi({ stageVariables: { tier: "gold" } }),
        ...route("ws", "buy", { twoWay: true, integration, response }),
      ],
      { handlers: { buy: (event) => ({ ...event, count: 2, names: ["a", "b"] }) } },
    );
    const client = await gateway.connect();
    const answer = await client.ask({ action: "buy", kind: "order", item: "tea" });
    assert.deepEqual(answer, { got: "TEA", many: true, names: ["a", "b"] });
    const [first] = gateway.invocations;
    assert.equal(JSON.parse(first!.event.raw).item, "tea");
    assert.equal((await client.ask({ action: "buy", kind: "x" })).got, "OTHER");
    assert.deepEqual(gateway.invocations[1]!.event, { item: "other", tier: "gold" });
  });

  it("chooses the integration response by pattern: an error's message, a mock's status", async () => {
    const apiId = "ws";
    const answer = (name: string, integrationId: string, key: string, template?: string) =>
      resource("integrationResponse", name, {
        apiId,
        integrationId,
        integrationResponseKey: key,
        ...(template && { responseTemplates: { $default: template } }),
      });
    const gateway = await start(
      [
        ...webSocketApi(),
        ...route(apiId, "work", { twoWay: true, integration: { integrationType: "AWS" } }),
        answer("a", "ws-work-integration", "/no such.*/", '{"error":"missing"}'),
        answer("b", "ws-work-integration", "$default"),
        ...route(apiId, "status", {
          twoWay: true,
          integration: {
            integrationType: "MOCK",
            integrationUri: undefined,
            requestTemplates: { $default: '{"statusCode":$input.path("$.status")}' },
          },
        }),
        answer("c", "ws-status-integration", "/2\\d\\d/", "fine"),
        answer("d", "ws-status-integration", "/4\\d\\d/", "sorry"),
      ],
      {
        handlers: {
          work(event) {
            if (event.item === undefined) throw new Error("no such item");
            return { done: event.item };
          },
        },
      },
    );
    const client = await gateway.connect();
    assert.deepEqual(await client.ask({ action: "work" }), { error: "missing" });
    assert.deepEqual(await client.ask({ action: "work", item: 1 }), { done: 1 });
    assert.equal(await client.ask({ action: "status", status: 204 }), "fine");
    assert.equal(await client.ask({ action: "status", status: 404 }), "sorry");
    const failed = await client.ask({ action: "status", status: 500 });
    assert.equal(failed.message, "Internal server error");
  });

  it("keeps to the passthrough behaviour without a matching template", async () => {
    const options = (passthroughBehavior: string) => ({
      twoWay: true,
      response: "$input.json('$')",
      integration: {
        integrationType: "AWS",
        integrationUri: invokeArn("echo"),
        passthroughBehavior,
        templateSelectionExpression: "fixed",
        requestTemplates: { other: "{}" },
      },
    });
    const gateway = await start(
      [
        ...webSocketApi(),
        ...route("ws", "pass", options("WHEN_NO_MATCH")),
        ...route("ws", "templates", options("WHEN_NO_TEMPLATES")),
        ...route("ws", "never", options("NEVER")),
      ],
      { handlers: { echo: (event) => event } },
    );
    const client = await gateway.connect();
    assert.deepEqual(await client.ask({ action: "pass", n: 1 }), { action: "pass", n: 1 });
    for (const action of ["templates", "never"]) {
      assert.equal((await client.ask({ action })).message, "Unsupported Media Type");
    }
  });

  it("writes a line to the access log for every event, and clients cannot forge one", async () => {
    const format =
      '{"type":"$context.eventType","route":"$context.routeKey","status":"$context.status",' +
      '"error":"$context.error.message","who":"$context.identity.userAgent","user":"$context.authorizer.name"}';
    const gateway = await start(
      [...webSocketApi({ accessLogSettings: { format } }), ...mockRoute("ws", "ping", "pong")],
      {},
    );
    const headers = { "user-agent": 'x","status":"200' };
    const client = await gateway.connect("/ws/live", { headers });
    await client.ask({ action: "ping" });
    await client.ask({ action: "other" });
    client.socket.close();
    await until(() => gateway.lines.length === 4);
    const who = headers["user-agent"];
    assert.deepEqual(
      gateway.lines.map((line) => JSON.parse(line.replace("[ws/live] ", ""))),
      [
        { type: "CONNECT", route: "$connect", status: "200", error: "-", who, user: "-" },
        { type: "MESSAGE", route: "ping", status: "200", error: "-", who, user: "-" },
        { type: "MESSAGE", route: "-", status: "403", error: "Forbidden", who, user: "-" },
        { type: "DISCONNECT", route: "$disconnect", status: "200", error: "-", who, user: "-" },
      ],
    );
  });
});
