import assert from "node:assert/strict";
import { createHandler as createConnect } from "../../functions/connect";
import { createHandler as createDisconnect } from "../../functions/disconnect";
import type { WebSocketEvent } from "../../functions/lambda/webSocketEvent";
import { GONE, type ConnectionsStub } from "./support/connectionsStub";
import { contextWith, signedIn, webSocketEvent } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { startStack, type Stack } from "./support/stack";

describe("$connect and $disconnect", () => {
  const logs = captureLogs();
  let stack: Stack;
  let stub: ConnectionsStub;
  let connect: (event: WebSocketEvent) => ReturnType<ReturnType<typeof createConnect>>;
  let disconnect: (event: WebSocketEvent) => ReturnType<ReturnType<typeof createDisconnect>>;
  let store: Stack["sessions"];

  before(async () => {
    stack = await startStack();
    stub = stack.connections;
    store = stack.sessions;
    const onConnect = createConnect(stack.settings);
    const onDisconnect = createDisconnect(stack.settings);
    connect = (event) => onConnect(event, contextWith());
    disconnect = (event) => onDisconnect(event, contextWith());
  });
  beforeEach(() => stub.reset());
  after(() => stack.close());

  const handshake = (
    connectionId: string,
    username: string,
    event: Parameters<typeof webSocketEvent>[1] = {},
  ) =>
    webSocketEvent(connectionId, {
      ...event,
      requestContext: {
        routeKey: "$connect",
        authorizer: signedIn(username),
        ...event.requestContext,
      },
    });

  it("stores the session with what is known of the connection", async () => {
    const connectedAt = Date.now();
    const authorizer = { ...signedIn("ann"), expires: 4_000_000_000 };
    const result = await connect(
      handshake("a1", "ann", {
        headers: {
          "User-Agent": "x".repeat(1000),
          "X-Forwarded-For": "203.0.113.1, 198.51.100.7, 192.0.2.10",
          "Sec-WebSocket-Protocol": "switchboard.v1, bearer.abc",
        },
        requestContext: { authorizer, connectedAt },
      }),
    );
    assert.deepEqual(result, {
      statusCode: 200,
      headers: { "Sec-WebSocket-Protocol": "switchboard.v1" },
    });
    assert.deepEqual(await store.get("ann", "desk"), {
      username: "ann",
      sessionKey: "desk",
      connectionId: "a1",
      connectedAt,
      expires: Math.floor(connectedAt / 1000) + 7200,
      credentialExpires: 4_000_000_000,
      subprotocol: "switchboard.v1",
      sourceIp: "198.51.100.7",
      userAgent: "x".repeat(256),
    });
  });

  it("the session ends with the credential when that comes first", async () => {
    const authorizer = signedIn("bea");
    const result = await connect(handshake("b1", "bea", { requestContext: { authorizer } }));
    assert.deepEqual(result, { statusCode: 200 });
    const session = await store.get("bea", "desk");
    assert.equal(session?.expires, Number(authorizer.expires));
    assert.equal(session?.credentialExpires, Number(authorizer.expires));
    assert.equal(session?.sourceIp, "192.0.2.10");
  });

  for (const [what, reply] of [
    ["open", { status: 200 }],
    ["gone", GONE],
  ] as const) {
    it(`closes the replaced connection, be it ${what}, and calls nothing on its own`, async () => {
      const user = `cid-${what}`;
      await connect(handshake(`${user}-1`, user));
      stub.script(`${user}-1`, reply);
      assert.equal((await connect(handshake(`${user}-2`, user))).statusCode, 200);
      assert.deepEqual(stub.closed, [`${user}-1`]);
      assert.equal(stub.calls(`${user}-2`), 0);
      assert.equal((await store.get(user, "desk"))?.connectionId, `${user}-2`);
      assert.ok(logs.every((line) => line.level === "info"));
    });
  }

  it("connects even if the replaced connection cannot be closed, and says so", async () => {
    await connect(handshake("d1", "dan"));
    stub.script("d1", { status: 403 });
    assert.equal((await connect(handshake("d2", "dan"))).statusCode, 200);
    assert.equal(logs.at(-1)?.level, "error");
    assert.equal(logs.at(-1)?.closing, "d1");
  });

  it("connects even if the replaced connection's subscriptions cannot be removed", async () => {
    await connect(handshake("k1", "kay"));
    const ref = { username: "kay", sessionKey: "desk", connectionId: "k1" };
    await store.addChannel(ref, "room:a", 100);
    const broken = createConnect({ ...stack.settings, subscriptionsTable: "no-such-table" });
    assert.equal((await broken(handshake("k2", "kay"), contextWith())).statusCode, 200);
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });

  it("refuses a handshake that is older than the one that holds the session", async () => {
    const now = Date.now();
    await connect(handshake("e2", "eve", { requestContext: { connectedAt: now } }));
    const older = { requestContext: { connectedAt: now - 1 } };
    assert.equal((await connect(handshake("e1", "eve", older))).statusCode, 409);
    assert.equal((await store.get("eve", "desk"))?.connectionId, "e2");
  });

  for (const [what, event, message] of [
    ["a malformed session key", { queryStringParameters: { session: "a b" } }, /^session: write/],
    ["an empty session key", { queryStringParameters: { session: "" } }, /^session: write/],
    [
      "two session keys",
      { multiValueQueryStringParameters: { session: ["a", "b"] } },
      /^session: given twice/,
    ],
    [
      "an offer of bearer alone",
      { headers: { "sec-websocket-protocol": "bearer.abc" } },
      /^Sec-WebSocket-Protocol: offer switchboard.v1/,
    ],
  ] as const) {
    it(`refuses ${what}, names it, and stores nothing`, async () => {
      const result = await connect(handshake("f1", "fay", event as never));
      assert.equal(result.statusCode, 400);
      assert.match(result.body ?? "", message);
      assert.equal(await store.get("fay", "desk"), undefined);
    });
  }

  it("fails when the route has no authorizer", async () => {
    const event = handshake("g1", "gus", { requestContext: { authorizer: null } });
    await assert.rejects(connect(event), /authorizer/);
  });

  it("$disconnect removes the session", async () => {
    await connect(handshake("h1", "hal"));
    const result = await disconnect(handshake("h1", "hal"));
    assert.deepEqual(result, { statusCode: 200 });
    assert.equal(await store.get("hal", "desk"), undefined);
  });

  it("$disconnect finds the session by the connection when nothing names the user", async () => {
    await connect(handshake("i1", "ida"));
    await disconnect(webSocketEvent("i1", { requestContext: { routeKey: "$disconnect" } }));
    assert.equal(await store.get("ida", "desk"), undefined);
  });

  it("a late $disconnect leaves the newer connection's session alone", async () => {
    await connect(handshake("j1", "jan"));
    await connect(handshake("j2", "jan"));
    await disconnect(handshake("j1", "jan"));
    assert.equal((await store.get("jan", "desk"))?.connectionId, "j2");
  });

  it("$disconnect of a connection that nobody knows is no error", async () => {
    assert.deepEqual(await disconnect(webSocketEvent("nobody")), { statusCode: 200 });
  });
});
