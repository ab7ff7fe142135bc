import assert from "node:assert/strict";
import { request } from "node:http";
import {
  Handler,
  Options,
  Refused,
  closeAll,
  invokeArn,
  resource,
  route,
  start,
  until,
  webSocketApi,
} from "./apigatewayHarness";

const connectArn = "arn:aws:execute-api:eu-west-1:000000000000:ws/live/$connect";

const authorizer = (identitySources?: string[]) =>
  resource("authorizer", "guard", {
    apiId: "ws",
    authorizerType: "REQUEST",
    authorizerUri: invokeArn("guard"),
    identitySources,
  });

const guarded = (identitySources?: string[]) => [
  ...webSocketApi(),
  authorizer(identitySources),
  ...route("ws", "$connect", {
    route: { authorizationType: "CUSTOM", authorizerId: "guard" },
  }),
  ...route("ws", "whoami", { twoWay: true }),
];

const policy = (effect: string, resourceArn: string, context?: object) => ({
  principalId: "anna",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resourceArn }],
  },
  context,
});

const accept: Handler = () => ({ statusCode: 200 });

const guardedBy = (guard: Handler, identitySources?: string[], options: Options = {}) =>
  start(guarded(identitySources), {
    ...options,
    handlers: { guard, connect: accept, whoami: echoAuthorizer, ...options.handlers },
  });

const echoAuthorizer: Handler = (event) => ({
  statusCode: 200,
  body: JSON.stringify(event.requestContext.authorizer),
});

async function refusal(attempt: Promise<unknown>): Promise<Refused> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refused, `expected a refused handshake, got ${String(error)}`);
  return error;
}

describe("API Gateway: WebSocket handshakes", () => {
  afterEach(closeAll);

  it("accepts without a $connect route, with and without a slash after the stage", async () => {
    const gateway = await start(webSocketApi());
    for (const path of ["/ws/live", "/ws/live/", "/ws/live?a=1"]) {
      (await gateway.connect(path)).socket.terminate();
    }
  });

  it("refuses other paths, stages and APIs with 403", async () => {
    const gateway = await start([
      ...webSocketApi(),
      ...webSocketApi({ autoDeploy: false }, "idle"),
    ]);
    for (const path of ["/ws/dead", "/ws/live/more", "/ws/", "/unknown/live", "/idle/live"]) {
      assert.equal((await refusal(gateway.connect(path))).status, 403, path);
    }
    assert.match(gateway.lines.join("\n"), /idle\/live: the stage serves nothing/);
  });

  it("refuses what is not a WebSocket handshake without invoking anything", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "$connect")], {
      handlers: { connect: accept },
    });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-key": "short" };
      const req = request(`${gateway.url}/ws/live`, { headers });
      req.on("response", (res) => resolve(res.resume().statusCode));
      req.on("error", reject);
      req.end();
    });
    assert.equal(status, 400);
    assert.equal((await fetch(`${gateway.url}/ws/live`)).status, 426);
    assert.equal(gateway.invocations.length, 0);
  });

  it("gives $connect the event that AWS documents", async () => {
    const gateway = await start(
      [...webSocketApi({ stageVariables: { tier: "gold" } }), ...route("ws", "$connect")],
      { handlers: { connect: accept } },
    );
    const headers = { "X-One": "1", "User-Agent": "tester", "X-Forwarded-For": "203.0.113.9" };
    await gateway.connect("/ws/live?a=1&a=2&b=%20c", { headers });
    const [{ event, caller }] = gateway.invocations as [(typeof gateway.invocations)[number]];
    assert.deepEqual(caller, { service: "apigateway.amazonaws.com", sourceArn: connectArn });
    const { requestContext, headers: seen, multiValueHeaders, ...rest } = event;
    assert.deepEqual(rest, {
      queryStringParameters: { a: "2", b: " c" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: [" c"] },
      stageVariables: { tier: "gold" },
      isBase64Encoded: false,
    });
    assert.equal(seen.Host, "ws.execute-api.eu-west-1.amazonaws.com");
    assert.equal(seen["X-One"], "1");
    assert.equal(seen["X-Forwarded-For"], "203.0.113.9, 127.0.0.1");
    assert.equal(seen.Upgrade, undefined);
    assert.deepEqual(multiValueHeaders["X-One"], ["1"]);
    const { requestId, requestTime, requestTimeEpoch, connectedAt, connectionId, ...context } =
      requestContext;
    assert.deepEqual(context, {
      routeKey: "$connect",
      eventType: "CONNECT",
      extendedRequestId: requestId,
      messageDirection: "IN",
      stage: "live",
      identity: { userAgent: "tester", sourceIp: "127.0.0.1" },
      domainName: "ws.execute-api.eu-west-1.amazonaws.com",
      apiId: "ws",
    });
    assert.match(connectionId, /^[\w-]{15}=$/);
    assert.match(requestId, /^[\w-]{15}=$/);
    assert.match(requestTime, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    assert.ok(connectedAt <= requestTimeEpoch && Math.abs(Date.now() - connectedAt) < 60_000);
  });

  it("answers the headers of $connect in the handshake, the subprotocol among them", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "$connect")], {
      handlers: {
        connect: (event) => ({
          statusCode: 200,
          headers: {
            "Sec-WebSocket-Protocol": event.headers["Sec-WebSocket-Protocol"].split(",")[0],
            "X-Session": "s1",
            Connection: "close",
          },
        }),
      },
    });
    const client = await gateway.connect("/ws/live", {}, ["chat.v1", "chat.v2"]);
    assert.equal(client.socket.protocol, "chat.v1");
    assert.equal(client.headers["x-session"], "s1");
    assert.equal(client.headers.connection, "Upgrade");
  });

  it("answers no subprotocol of its own accord", async () => {
    const gateway = await start(webSocketApi());
    await assert.rejects(gateway.connect("/ws/live", {}, ["chat.v1"]), /sent no subprotocol/);
  });

  it("refuses with the status of $connect, and with 502 when it fails", async () => {
    const answers: Record<string, () => unknown> = {
      no: () => ({ statusCode: 409, body: '{"why":"taken"}' }),
      crash: () => {
        throw new Error("boom");
      },
      malformed: () => ({ ok: true }),
      header: () => ({ statusCode: 200, headers: { "X-Bad": "a\r\nSet-Cookie: b" } }),
    };
    const gateway = await start([...webSocketApi(), ...route("ws", "$connect")], {
      handlers: { connect: (event) => answers[event.queryStringParameters.answer]!() },
    });
    const refused = await refusal(gateway.connect("/ws/live?answer=no"));
    assert.deepEqual([refused.status, refused.body], [409, { why: "taken" }]);
    for (const answer of ["crash", "malformed", "header"]) {
      const { status, body } = await refusal(gateway.connect(`/ws/live?answer=${answer}`));
      assert.deepEqual([status, body.message], [502, "Internal server error"], answer);
    }
  });

  it("refuses with 500 without a permission for $connect, and logs it once", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "$connect")], {
      handlers: { connect: accept },
      permissions: { connect: [] },
    });
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await refusal(gateway.connect());
      assert.deepEqual([status, body.message], [500, "Internal server error"]);
    }
    assert.equal(gateway.lines.length, 1);
    assert.match(gateway.lines[0]!, /route:Route "ws-\$connect".*Permission.*\$connect/);
  });

  it("runs $disconnect for a client that left while $connect ran", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const gateway = await start(
      [...webSocketApi(), ...route("ws", "$connect"), ...route("ws", "$disconnect")],
      { handlers: { connect: () => held.then(() => ({ statusCode: 200 })), disconnect: accept } },
    );
    const req = request(`${gateway.url}/ws/live`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    req.on("error", () => undefined);
    req.end();
    await until(() => gateway.invocations.length === 1);
    req.destroy();
    await new Promise((resolve) => req.once("close", resolve));
    // The end of the connection has to get to the server as well.
    await fetch(`${gateway.url}/none`);
    release();
    await until(() => gateway.invocations.length === 2);
    assert.equal(gateway.invocations[1]!.event.requestContext.disconnectStatusCode, 1006);
  });

  describe("with an authorizer", () => {
    it("hands its context and principal on", async () => {
      const gateway = await guardedBy((event) =>
        policy("Allow", event.methodArn, { name: "Anna", expires: 17, admin: true }),
      );
      const client = await gateway.connect("/ws/live?token=t");
      const expected = { name: "Anna", expires: 17, admin: true, principalId: "anna" };
      assert.deepEqual(await client.ask({ action: "whoami" }), expected);
      const [first, second] = gateway.invocations;
      assert.deepEqual(second!.event.requestContext.authorizer, expected);
      assert.equal(first!.event.type, "REQUEST");
      assert.equal(first!.event.methodArn, connectArn);
      assert.deepEqual(first!.event.queryStringParameters, { token: "t" });
      assert.equal(first!.event.requestContext.eventType, "CONNECT");
      assert.equal(first!.event.requestContext.authorizer, undefined);
      assert.equal(
        first!.event.requestContext.connectionId,
        second!.event.requestContext.connectionId,
      );
      assert.equal(
        first!.caller.sourceArn,
        "arn:aws:execute-api:eu-west-1:000000000000:ws/authorizers/guard",
      );
    });

    it("allows by wildcards and refuses with 403 what a policy denies or leaves out", async () => {
      const gateway = await guardedBy((event) => {
        const { effect, on } = event.queryStringParameters;
        return policy(effect, on);
      });
      const connect = (effect: string, on: string) =>
        gateway.connect(`/ws/live?${new URLSearchParams({ effect, on }).toString()}`);
      await connect("Allow", "*");
      await connect("Allow", "arn:aws:execute-api:*:*:ws/live/$connect");
      const denied = await refusal(connect("Deny", "*"));
      assert.deepEqual(
        [denied.status, denied.body.message],
        [403, "User is not authorized to access this resource with an explicit deny"],
      );
      const other = await refusal(connect("Allow", "arn:aws:execute-api:*:*:other/*"));
      assert.deepEqual(
        [other.status, other.body.message],
        [403, "User is not authorized to access this resource"],
      );
      assert.equal(gateway.invocations.filter(({ name }) => name === "connect").length, 2);
    });

    it("answers 401 without an invocation when an identity source is missing", async () => {
      const sources = ["route.request.header.Authorization", "route.request.querystring.room"];
      const gateway = await guardedBy((event) => policy("Allow", event.methodArn), sources);
      const headers = { authorization: "Bearer x" };
      const { status, body } = await refusal(gateway.connect("/ws/live", { headers }));
      assert.deepEqual([status, body.message], [401, "Unauthorized"]);
      await refusal(gateway.connect("/ws/live?room=1"));
      assert.equal(gateway.invocations.length, 0);
      await gateway.connect("/ws/live?room=1", { headers });
    });

    it("answers 401 when it throws Unauthorized, 500 for all other failures", async () => {
      const results: Record<string, (arn: string) => unknown> = {
        unauthorized: () => {
          throw new Error("Unauthorized");
        },
        crash: () => {
          throw new Error("Unauthorized access to a database");
        },
        nothing: () => null,
        simple: () => ({ isAuthorized: true }),
        principal: (arn) => ({ ...policy("Allow", arn), principalId: undefined }),
        nested: (arn) => policy("Allow", arn, { groups: ["a"] }),
        large: (arn) => policy("Allow", arn, { text: "x".repeat(8192) }),
        effect: (arn) => policy("Maybe", arn),
      };
      const gateway = await guardedBy((event) =>
        results[event.queryStringParameters.result]!(event.methodArn),
      );
      for (const result of Object.keys(results)) {
        const { status, body } = await refusal(gateway.connect(`/ws/live?result=${result}`));
        const expected =
          result === "unauthorized" ? [401, "Unauthorized"] : [500, "Internal server error"];
        assert.deepEqual([status, body.message], expected, result);
      }
    });

    it("answers 500 without a permission for the authorizer", async () => {
      const gateway = await guardedBy((event) => policy("Allow", event.methodArn), undefined, {
        permissions: { guard: [connectArn] },
      });
      assert.equal((await refusal(gateway.connect())).status, 500);
      assert.match(gateway.lines.join(), /authorizer:Authorizer "guard".*\/authorizers\/guard/);
    });

    it("writes why it refused to the access log", async () => {
      const format =
        '{"status":$context.status,"why":"$context.authorizer.error","type":"$context.error.responseType"}';
      const [api, stage, ...rest] = guarded(["route.request.querystring.token"]);
      stage!.inputs.accessLogSettings = { format };
      const gateway = await start([api!, stage!, ...rest], { handlers: { connect: accept } });
      await refusal(gateway.connect());
      assert.deepEqual(gateway.lines, [
        '[ws/live] {"status":401,"why":"the identity source querystring.token is missing","type":"UNAUTHORIZED"}',
      ]);
    });
  });
});
