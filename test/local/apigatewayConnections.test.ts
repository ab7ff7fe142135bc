import assert from "node:assert/strict";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  Handler,
  Options,
  Refused,
  Running,
  closeAll,
  mockRoute,
  route,
  start,
  until,
  webSocketApi,
} from "./apigatewayHarness";

const accept: Handler = () => ({ statusCode: 200 });
const manageAll = /^execute-api:ManageConnections /;
const info = mockRoute("ws", "id", "$context.connectionId");

const signature = (key = "AKIATEST") => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=00`,
});

function manage(gateway: Running, id: string, init: RequestInit = {}): Promise<Response> {
  const path = `/ws/live/@connections/${encodeURIComponent(id)}`;
  return fetch(gateway.url + path, { headers: signature(), ...init });
}

describe("API Gateway: @connections", () => {
  afterEach(closeAll);

  it("posts, describes and closes through the AWS SDK", async () => {
    const gateway = await start([...webSocketApi(), ...info], { allowed: manageAll });
    const sdk = new ApiGatewayManagementApiClient({
      endpoint: `${gateway.url}/ws/live`,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    });
    const client = await gateway.connect("/ws/live", { headers: { "user-agent": "tester" } });
    const ConnectionId = await client.ask({ action: "id" });
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: '{"héllo":1}' }));
    assert.deepEqual(await client.next(), { héllo: 1 });
    const found = await sdk.send(new GetConnectionCommand({ ConnectionId }));
    // The service writes names with a small letter that the SDK's model has with a capital one.
    assert.ok(found.ConnectedAt! <= found.LastActiveAt!);
    const described = (await (await manage(gateway, ConnectionId)).json()) as any;
    assert.deepEqual(described.identity, { userAgent: "tester", sourceIp: "127.0.0.1" });
    await sdk.send(new DeleteConnectionCommand({ ConnectionId }));
    assert.equal((await client.closed).code, 1000);
    await assert.rejects(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: "late" })),
      (error: any) => error.name === "GoneException" && error.$metadata.httpStatusCode === 410,
    );
    sdk.destroy();
  });

  it("answers 410 with its error type for the gone, on every method", async () => {
    const gateway = await start(webSocketApi(), { allowed: manageAll });
    for (const method of ["GET", "POST", "DELETE"]) {
      const response = await manage(gateway, "L0SM9cOFvHcCIhw=", { method });
      assert.equal(response.status, 410, method);
      assert.equal(response.headers.get("x-amzn-errortype"), "GoneException");
      await response.text();
    }
    assert.equal((await manage(gateway, "<script>")).status, 400);
  });

  it("asks IAM for the connection's ARN, and refuses the unsigned", async () => {
    const allowed =
      /^execute-api:ManageConnections arn:aws:execute-api:eu-west-1:000000000000:ws\/live\/POST\/@connections\/.+=$/;
    const gateway = await start([...webSocketApi(), ...info], { allowed });
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    assert.equal((await manage(gateway, id, { method: "POST", body: "x" })).status, 200);
    const denied = await manage(gateway, id);
    assert.equal(denied.status, 403);
    assert.equal(denied.headers.get("x-amzn-errortype"), "AccessDeniedException");
    assert.match(((await denied.json()) as any).Message, /is not authorized to perform/);
    const unknown = await manage(gateway, id, { headers: signature("AKIAOTHER") });
    assert.deepEqual(
      [unknown.status, unknown.headers.get("x-amzn-errortype")],
      [403, "UnrecognizedClientException"],
    );
    const unsigned = await manage(gateway, id, { headers: {} });
    assert.equal(unsigned.status, 403);
    assert.deepEqual(await unsigned.json(), { message: "Missing Authentication Token" });
  });

  it("takes 128 KB, and answers 413 for more", async () => {
    const gateway = await start([...webSocketApi(), ...info], { allowed: manageAll });
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    const post = (bytes: number) =>
      manage(gateway, id, { method: "POST", body: "x".repeat(bytes) });
    assert.equal((await post(131_072)).status, 200);
    assert.equal((await client.next()).length, 131_072);
    assert.equal((await post(131_073)).status, 413);
  });

  it("answers 410 for a connection whose $connect has not returned", async () => {
    const statuses: number[] = [];
    const gateway: Running = await start([...webSocketApi(), ...route("ws", "$connect")], {
      allowed: manageAll,
      handlers: {
        async connect(event) {
          const { connectionId } = event.requestContext;
          const response = await manage(gateway, connectionId, { method: "POST", body: "early" });
          statuses.push(response.status);
          return { statusCode: 200 };
        },
      },
    });
    await gateway.connect();
    assert.deepEqual(statuses, [410]);
  });

  it("answers 429 for a client that does not read, and reads no more of its frames until it does", async () => {
    // 40 MB, far more than the system's socket buffers take.
    const frames = 400;
    const gateway = await start(
      [...webSocketApi(), ...info, ...mockRoute("ws", "large", "x".repeat(100_000))],
      { allowed: manageAll, limits: { sendBufferBytes: 200_000 } },
    );
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    client.socket.pause();
    for (let i = 0; i < frames; i += 1) client.socket.send('{"action":"large"}');
    let response = await manage(gateway, id, { method: "POST", body: "posted" });
    while (response.status === 200) {
      response = await manage(gateway, id, { method: "POST", body: "posted" });
    }
    assert.equal(response.headers.get("x-amzn-errortype"), "LimitExceededException");
    client.socket.resume();
    for (let large = 0; large < frames;) {
      if ((await client.next()).length === 100_000) large += 1;
    }
  });

  it("counts against the throttle that all APIs share", async () => {
    const gateway = await start([...webSocketApi(), ...info], {
      allowed: manageAll,
      limits: { accountRate: 0, accountBurst: 3 },
    });
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    assert.equal((await manage(gateway, id)).status, 200);
    const limited = await manage(gateway, id);
    assert.deepEqual(
      [limited.status, limited.headers.get("x-amzn-errortype")],
      [429, "LimitExceededException"],
    );
    assert.equal((await client.ask({ action: "id" })).message, "Too Many Requests");
    await assert.rejects(gateway.connect(), (error) => (error as Refused).status === 429);
  });
});

describe("API Gateway: the end of WebSocket connections", () => {
  afterEach(closeAll);

  const parting = (options: Options = {}) =>
    start(
      [
        ...webSocketApi(),
        ...route("ws", "$connect"),
        ...route("ws", "$disconnect"),
        ...route("ws", "$default"),
        ...info,
      ],
      {
        allowed: manageAll,
        ...options,
        handlers: { connect: accept, disconnect: accept, default: accept },
      },
    );

  async function goodbye(gateway: Running): Promise<any> {
    const find = () => gateway.invocations.find(({ name }) => name === "disconnect");
    await until(() => find() !== undefined);
    return find()!.event;
  }

  it("gives $disconnect the event that AWS documents", async () => {
    const gateway = await parting();
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    client.socket.close(4000, "done");
    const { requestContext, ...rest } = await goodbye(gateway);
    assert.deepEqual(rest.headers, {
      Host: "ws.execute-api.eu-west-1.amazonaws.com",
      "x-api-key": "",
      "X-Forwarded-For": "",
      "x-restapi": "",
    });
    assert.deepEqual(rest.multiValueHeaders["x-api-key"], [""]);
    assert.equal(rest.isBase64Encoded, false);
    const { routeKey, eventType, disconnectStatusCode, disconnectReason } = requestContext;
    assert.deepEqual(
      [routeKey, eventType, disconnectStatusCode, disconnectReason, requestContext.connectionId],
      ["$disconnect", "DISCONNECT", 4000, "done", id],
    );
  });

  it("runs $disconnect when a client closes without a status, and when its socket dies", async () => {
    for (const [end, code] of [
      ["close", 1005],
      ["terminate", 1006],
    ] as const) {
      const gateway = await parting();
      const client = await gateway.connect();
      client.socket[end]();
      assert.equal((await goodbye(gateway)).requestContext.disconnectStatusCode, code);
    }
  });

  it("runs $disconnect after a DELETE, and when the gateway closes", async () => {
    const gateway = await parting();
    const client = await gateway.connect();
    const id = await client.ask({ action: "id" });
    assert.equal((await manage(gateway, id, { method: "DELETE" })).status, 204);
    assert.equal((await goodbye(gateway)).requestContext.disconnectStatusCode, 1000);
    const second = await gateway.connect();
    await gateway.close();
    assert.equal((await second.closed).code, 1001);
    assert.equal(gateway.invocations.filter(({ name }) => name === "disconnect").length, 2);
  });

  it("survives a failing $disconnect", async () => {
    const gateway = await start([...webSocketApi(), ...route("ws", "$disconnect"), ...info], {
      handlers: {
        disconnect: () => {
          throw new Error("boom");
        },
      },
    });
    (await gateway.connect()).socket.terminate();
    await until(() => gateway.invocations.length === 1);
    await (await gateway.connect()).ask({ action: "id" });
  });

  it("closes idle connections, and those that last too long, with 1001", async () => {
    const idle = await parting({ limits: { idleTimeout: 60 } });
    const long = await parting({ limits: { connectionDuration: 120, idleTimeout: 100_000 } });
    for (const gateway of [idle, long]) {
      const client = await gateway.connect();
      assert.deepEqual(await client.closed, { code: 1001, reason: "Going away" });
      const { disconnectStatusCode, disconnectReason } = (await goodbye(gateway)).requestContext;
      assert.deepEqual([disconnectStatusCode, disconnectReason], [1001, "Going away"]);
    }
  });

  it("closes with 1009 on a frame over 32 KB, in one piece or among others", async () => {
    const gateway = await parting();
    const fits = await gateway.connect();
    fits.socket.send("x".repeat(32_768));
    await until(() => gateway.invocations.some(({ event }) => event.body?.length === 32_768));
    for (const first of ["", "x"]) {
      const client = await gateway.connect();
      if (first) client.socket.send(first, { fin: false });
      client.socket.send("x".repeat(32_769));
      assert.equal((await client.closed).code, 1009);
    }
    const bodies = gateway.invocations.map(({ event }) => event.body?.length ?? 0);
    assert.equal(Math.max(...bodies), 32_768);
  });

  it("takes a message of 128 KB in frames, and closes with 1009 on a longer one", async () => {
    const gateway = await parting();
    const client = await gateway.connect();
    const send = (frames: number) => {
      for (let i = 1; i <= frames; i += 1) {
        client.socket.send("x".repeat(32_768), { fin: i === frames });
      }
    };
    send(4);
    await until(() => gateway.invocations.some(({ event }) => event.body?.length === 131_072));
    send(5);
    assert.equal((await client.closed).code, 1009);
    assert.equal((await goodbye(gateway)).requestContext.disconnectStatusCode, 1009);
  });

  it("closes with 1003 on a binary frame", async () => {
    const gateway = await parting();
    const client = await gateway.connect();
    client.socket.send(Buffer.from("{}"), { binary: true });
    assert.equal((await client.closed).code, 1003);
    assert.equal((await goodbye(gateway)).requestContext.disconnectStatusCode, 1003);
  });
});

describe("API Gateway: throttles of a WebSocket stage", () => {
  afterEach(closeAll);

  const throttled = (stage: object) =>
    start([...webSocketApi(stage), ...info, ...mockRoute("ws", "other", "other")]);
  const none = { throttlingRateLimit: 0.001, throttlingBurstLimit: 2 };

  it("answers messages over the limit of their route", async () => {
    const gateway = await throttled({ routeSettings: [{ routeKey: "id", ...none }] });
    const client = await gateway.connect();
    await client.ask({ action: "id" });
    const id = await client.ask({ action: "id" });
    const refused = await client.ask({ action: "id" });
    assert.deepEqual([refused.message, refused.connectionId], ["Too Many Requests", id]);
    assert.equal(await client.ask({ action: "other" }), "other");
  });

  it("refuses connections over the limit with 429", async () => {
    const gateway = await throttled({ defaultRouteSettings: none });
    await gateway.connect();
    await gateway.connect();
    await assert.rejects(gateway.connect(), (error) => (error as Refused).status === 429);
  });

  it("takes a limit that default route settings leave out as 0", async () => {
    const gateway = await throttled({ defaultRouteSettings: { throttlingRateLimit: 100 } });
    await assert.rejects(gateway.connect(), (error) => (error as Refused).status === 429);
  });
});
