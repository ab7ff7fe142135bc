import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Session } from "../../functions/domain/sessions";
import { createHandler } from "../../functions/http";
import type { HttpEvent } from "../../functions/lambda/httpEvent";
import { GONE, type ConnectionsStub } from "./support/connectionsStub";
import { contextWith } from "./support/invocation";
import { captureLogs } from "./support/logs";
import { startStack, type Stack } from "./support/stack";

const SECRET = "let me in";

describe("http", () => {
  const logs = captureLogs();
  let stack: Stack;
  let stub: ConnectionsStub;
  let handle: ReturnType<typeof createHandler>;
  let store: Stack["sessions"];

  before(async () => {
    stack = await startStack();
    stub = stack.connections;
    store = stack.sessions;
    handle = createHandler({
      ...stack.settings,
      originSecretDigests: [createHash("sha256").update(SECRET).digest("hex")],
    });
  });
  beforeEach(() => stub.reset());
  after(() => stack.close());

  const claims = (username: string): Record<string, unknown> => ({
    token_use: "access",
    username,
    exp: "1900000000",
  });

  /** Calls a route as that user, or as nobody. */
  async function call(
    route: string,
    user?: string | Record<string, unknown>,
    event: Partial<HttpEvent> = {},
    remainingMs?: number,
  ) {
    const [method = "", url = ""] = route.split(" ");
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const jwt = { claims: typeof user === "string" ? claims(user) : user };
    const result = await handle(
      {
        rawPath: pathname,
        headers: { "x-origin-verify": SECRET },
        queryStringParameters: Object.fromEntries(searchParams),
        requestContext: {
          requestId: "r1",
          http: { method },
          ...(user === undefined ? {} : { authorizer: { jwt } }),
        },
        ...event,
      },
      contextWith(remainingMs),
    );
    assert.equal(result.headers["cache-control"], "no-store");
    const body = result.body === "" ? undefined : JSON.parse(result.body);
    if (result.statusCode >= 400) {
      assert.equal(result.headers["content-type"], "application/problem+json");
      assert.equal(body.status, result.statusCode);
      for (const field of ["type", "title", "detail"]) assert.equal(typeof body[field], "string");
    }
    return { status: result.statusCode, headers: result.headers, body };
  }

  async function session(username: string, key: string, values: Partial<Session> = {}) {
    const expires = Math.floor(Date.now() / 1000) + 600;
    const row: Session = {
      username,
      sessionKey: key,
      connectionId: `${username}-${key}`,
      connectedAt: 1_700_000_000_000,
      expires,
      credentialExpires: expires,
      ...values,
    };
    await store.put(row);
    return row;
  }

  it("health is for everyone", async () => {
    const { status, body } = await call("GET /http/health");
    assert.equal(status, 200);
    assert.deepEqual(body, { status: "ok" });
  });

  it("what does not come through the distribution is refused", async () => {
    for (const headers of [{}, { "x-origin-verify": "guess" }]) {
      for (const route of ["GET /http/health", "GET /http/me"]) {
        assert.equal((await call(route, "ann", { headers })).status, 403);
      }
    }
    assert.ok(!JSON.stringify(logs).includes("guess"));
  });

  it("paths and methods that are not there", async () => {
    for (const path of ["/", "/http", "/http/me/", "/http/sessions/a/b", "/http/constructor"]) {
      assert.equal((await call(`GET ${path}`, "ann")).status, 404);
    }
    for (const [route, allow] of [
      ["POST /http/health", "GET"],
      ["PUT /http/me", "GET"],
      ["POST /http/sessions", "GET, DELETE"],
      ["GET /http/sessions/desk", "DELETE"],
      ["GET /http/messages", "POST"],
      ["constructor /http/me", "GET"],
    ] as const) {
      const { status, headers } = await call(route, "ann");
      assert.equal(status, 405);
      assert.equal(headers.allow, allow);
    }
  });

  it("a preflight succeeds, without a token", async () => {
    assert.equal((await call("OPTIONS /http/sessions")).status, 204);
  });

  it("a route without verified claims is refused", async () => {
    const { status, headers } = await call("GET /http/me");
    assert.equal(status, 401);
    assert.equal(headers["www-authenticate"], "Bearer");
    assert.equal((await call("GET /http/me", {})).status, 401);
  });

  it("GET /http/me tells who is signed in, by either token", async () => {
    const access = await call("GET /http/me", { ...claims("ann"), "cognito:groups": "[a b]" });
    assert.equal(access.status, 200);
    assert.deepEqual(access.body, {
      username: "ann",
      groups: ["a", "b"],
      tokenUse: "access",
      expiresAt: 1_900_000_000_000,
    });
    const id = { token_use: "id", "cognito:username": "bea", exp: "1900000000" };
    assert.deepEqual((await call("GET /http/me", id)).body.groups, []);
    assert.equal((await call("GET /http/me", id)).body.username, "bea");
    const list = { ...id, "cognito:groups": ["x"] };
    assert.deepEqual((await call("GET /http/me", list)).body.groups, ["x"]);
  });

  it("GET /http/sessions lists the live ones and drops the expired", async () => {
    const live = await session("cal", "desk", { sourceIp: "192.0.2.1", userAgent: "test" });
    await session("cal", "gone", { expires: 1 });
    await session("other", "desk");
    const { status, body } = await call("GET /http/sessions", "cal");
    assert.equal(status, 200);
    assert.deepEqual(body, {
      sessions: [
        {
          sessionKey: "desk",
          connectionId: "cal-desk",
          connectedAt: 1_700_000_000_000,
          expiresAt: live.expires * 1000,
          sourceIp: "192.0.2.1",
          userAgent: "test",
        },
      ],
    });
    assert.equal(await store.get("cal", "gone"), undefined);
    assert.deepEqual(stub.closed, ["cal-gone"]);
  });

  it("GET /http/sessions comes in pages", async () => {
    for (const key of ["a", "b", "c"]) await session("dee", key);
    const first = await call("GET /http/sessions?limit=2", "dee");
    assert.equal(first.body.sessions.length, 2);
    assert.equal(first.body.next, "b");
    const second = await call(`GET /http/sessions?limit=2&after=${first.body.next}`, "dee");
    assert.deepEqual(
      second.body.sessions.map((s: { sessionKey: string }) => s.sessionKey),
      ["c"],
    );
    assert.equal(second.body.next, undefined);
  });

  it("GET /http/sessions names a wrong query parameter", async () => {
    for (const [query, field] of [
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["limit=x", "limit"],
      ["after=a%20b", "after"],
      ["page=2", "page"],
    ] as const) {
      const { status, body } = await call(`GET /http/sessions?${query}`, "ann");
      assert.equal(status, 400);
      assert.equal(body.type, "urn:switchboard:problem:invalid-request");
      assert.equal(body.errors[0].field, field);
    }
  });

  for (const reply of [{ status: 200 }, GONE]) {
    it(`DELETE /http/sessions/{key} closes and removes one (close: ${reply.status})`, async () => {
      const user = `eve-${reply.status}`;
      await session(user, "desk");
      await session(user, "phone");
      stub.script(`${user}-desk`, reply);
      const { status, body } = await call("DELETE /http/sessions/desk", user);
      assert.equal(status, 204);
      assert.equal(body, undefined);
      assert.deepEqual(stub.closed, [`${user}-desk`]);
      assert.equal(await store.get(user, "desk"), undefined);
      assert.ok(await store.get(user, "phone"));
    });
  }

  it("DELETE /http/sessions/{key} touches nobody else's and names a malformed key", async () => {
    await session("fay", "desk");
    assert.equal((await call("DELETE /http/sessions/desk", "mallory")).status, 404);
    assert.ok(await store.get("fay", "desk"));
    const { status, body } = await call("DELETE /http/sessions/a%20b", "fay");
    assert.equal(status, 400);
    assert.equal(body.errors[0].field, "key");
  });

  it("DELETE /http/sessions/{key} keeps a session that cannot be closed", async () => {
    await session("gil", "desk");
    stub.script("gil-desk", { status: 500 });
    const { status } = await call("DELETE /http/sessions/desk", "gil", {}, 700);
    assert.equal(status, 503);
    assert.ok(await store.get("gil", "desk"));
  });

  it("DELETE /http/sessions closes all", async () => {
    await session("hal", "desk");
    await session("hal", "phone");
    await session("hal", "old", { expires: 1 });
    const { status, body } = await call("DELETE /http/sessions", "hal");
    assert.equal(status, 200);
    assert.deepEqual(body, { closed: 2 });
    assert.deepEqual(stub.closed.sort(), ["hal-desk", "hal-old", "hal-phone"]);
    assert.deepEqual((await store.page("hal")).sessions, []);
  });

  it("DELETE /http/sessions says so when some stay", async () => {
    await session("ian", "desk");
    await session("ian", "phone");
    stub.script("ian-desk", { status: 500 });
    const { status, body } = await call("DELETE /http/sessions", "ian", {}, 700);
    assert.equal(status, 503);
    assert.match(body.detail, /^1 sessions could not be closed, 1 are/);
  });

  for (const isBase64Encoded of [false, true]) {
    it(`POST /http/messages sends (base64: ${isBase64Encoded})`, async () => {
      const user = `jan-${isBase64Encoded}`;
      await session(user, "desk");
      const text = JSON.stringify({ id: user, channel: `user:${user}`, body: "grüezi" });
      const body = isBase64Encoded ? Buffer.from(text).toString("base64") : text;
      const result = await call("POST /http/messages", "ann", { body, isBase64Encoded });
      assert.equal(result.status, 200);
      const { epoch, offset, ...rest } = result.body;
      assert.deepEqual(rest, { id: user, channel: "user:ann", to: `user:${user}` });
      assert.ok(epoch && offset >= 1);
      const [frame] = stub.frames(`${user}-desk`) as { from: string; body: string }[];
      assert.equal(frame?.from, "ann");
      assert.equal(frame?.body, "grüezi");
    });
  }

  it("POST /http/messages names what is wrong", async () => {
    const large = "x".repeat(130 * 1024);
    const cases: [string | undefined, number, string, string?][] = [
      [undefined, 400, "invalid-request", ""],
      ["{", 400, "invalid-request", ""],
      ["[]", 400, "invalid-request", ""],
      ['{"channel":"user:bob"}', 400, "invalid-request", "body"],
      ['{"channel":"user:","body":1}', 400, "invalid-request", "channel"],
      ['{"channel":"user:bob","body":1,"from":"x"}', 400, "invalid-request", "from"],
      ['{"channel":"user:bob","body":1,"retry":true}', 400, "invalid-request", "id"],
      ['{"channel":"hall:1","body":1}', 404, "unknown-channel"],
      ['{"channel":"news:1","body":1}', 403, "forbidden"],
      [JSON.stringify({ channel: "user:bob", body: large }), 413, "too-large"],
    ];
    for (const [text, status, code, field] of cases) {
      const result = await call("POST /http/messages", "ann", { body: text });
      assert.equal(result.status, status);
      assert.equal(result.body.type, `urn:switchboard:problem:${code}`);
      assert.equal(result.body.errors?.[0]?.field, field);
    }
  });

  it("publishes to a channel once, however often it is sent, and lists its messages in pages", async () => {
    const editor = { ...claims("ed"), "cognito:groups": "[editors]" };
    const post = (body: object) =>
      call("POST /http/messages", editor, { body: JSON.stringify(body) });
    for (const n of [1, 2, 3]) {
      const { body } = await post({ id: `n${n}`, channel: "news:today", body: n });
      assert.equal(body.offset, n);
    }
    const again = await post({ id: "n2", channel: "news:today", body: 2, retry: true });
    assert.equal(again.body.offset, 2);
    const reused = await post({ id: "n2", channel: "news:today", body: 9, retry: true });
    assert.equal(reused.status, 409);
    assert.equal(reused.body.type, "urn:switchboard:problem:id-reused");
    for (const [query, bodies, more] of [
      ["", [1, 2, 3], false],
      ["?limit=2", [2, 3], true],
      ["?after=0&limit=2", [1, 2], true],
      ["?before=3&limit=1", [2], true],
    ] as const) {
      const { status, body } = await call(`GET /http/channels/news:today/messages${query}`, "ann");
      assert.equal(status, 200);
      assert.deepEqual(
        body.messages.map((message: { body: unknown }) => message.body),
        bodies,
      );
      assert.deepEqual([body.channel, body.offset, body.more], ["news:today", 3, more]);
    }
  });

  it("tells who is in a channel", async () => {
    const expires = Math.floor(Date.now() / 1000) + 600;
    for (const connectionId of ["c1", "c2"]) {
      const subscription = { channel: "room:hall/a", username: "ann", sessionKey: connectionId };
      await stack.subscriptions.put({ ...subscription, connectionId, expires });
    }
    const { body } = await call("GET /http/channels/room:hall/a/presence", "bea");
    assert.deepEqual(body, { channel: "room:hall/a", users: ["ann"] });
    const after = await call("GET /http/channels/room:hall/a/presence?after=ann", "bea");
    assert.deepEqual(after.body.users, []);
  });

  it("names what is wrong with a channel", async () => {
    for (const [path, status, code] of [
      ["hall:a/messages", 404, "unknown-channel"],
      ["hall/messages", 400, "invalid-request"],
      ["user:bob/messages", 403, "forbidden"],
      ["my:bob/presence", 403, "forbidden"],
      ["live:a/messages", 404, "no-history"],
      ["news:a/presence", 404, "no-presence"],
      ["room:a/messages?after=-1", 400, "invalid-request"],
      ["room:a/messages?after=1&before=2", 400, "invalid-request"],
      ["room:a/messages?limit=201", 400, "invalid-request"],
    ] as const) {
      const result = await call(`GET /http/channels/${path}`, "ann");
      assert.equal(result.status, status, path);
      assert.equal(result.body.type, `urn:switchboard:problem:${code}`);
    }
    assert.equal((await call("GET /http/channels/room:a", "ann")).status, 404);
    assert.equal((await call("POST /http/channels/room:a/messages", "ann")).status, 405);
  });

  it("an unforeseen failure is a problem document too, with the reason in the log alone", async () => {
    const broken = createHandler({
      ...stack.settings,
      connectionsTable: "no-such-table",
      originSecretDigests: [],
    });
    const result = await broken(
      {
        rawPath: "/http/sessions",
        requestContext: {
          requestId: "r1",
          http: { method: "GET" },
          authorizer: { jwt: { claims: claims("ann") } },
        },
      },
      contextWith(),
    );
    assert.equal(result.statusCode, 500);
    assert.ok(!result.body.includes("table"));
    assert.equal(logs.at(-1)?.error, "ResourceNotFoundException");
  });
});
