import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { sign } from "jsonwebtoken";
import { closeAll, resource, route, start } from "./apigatewayHarness";

describe("API Gateway: JWT authorizers", () => {
  afterEach(closeAll);

  const issuer = "https://issuer.example/pool";
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256" };

  const token = (claims: object = {}, options: object = {}, key = privateKey) =>
    sign({ sub: "anna", aud: "client", ...claims }, key, {
      algorithm: "RS256",
      keyid: "k1",
      issuer,
      expiresIn: 60,
      ...options,
    });

  const startGuarded = (scopes?: string[]) =>
    start(
      [
        resource("api", "http", { protocolType: "HTTP" }),
        resource("stage", "live", { apiId: "http", name: "$default", autoDeploy: true }),
        resource("authorizer", "jwt", {
          apiId: "http",
          authorizerType: "JWT",
          identitySources: ["$request.header.Authorization"],
          jwtConfiguration: { issuer, audiences: ["client", "second"] },
        }),
        ...route("http", "GET /me", {
          integration: { integrationUri: "arn:aws:lambda:eu-west-1:000000000000:function:all" },
          route: {
            authorizationType: "JWT",
            authorizerId: "jwt",
            authorizationScopes: scopes,
          },
        }),
      ],
      {
        handlers: { all: (event) => event },
        keys: (asked) => Promise.resolve({ keys: asked === issuer ? [jwk] : [] }),
      },
    );

  it("shows claims as strings", async () => {
    const gateway = await startGuarded();
    const authorization = `Bearer ${token({ groups: ["a", "b"], verified: true, iat: 1700000000 }, { expiresIn: "5y" })}`;
    const response = await fetch(`${gateway.url}/http/me`, { headers: { authorization } });
    const { jwt } = ((await response.json()) as any).requestContext.authorizer;
    const { exp, ...claims } = jwt.claims;
    assert.deepEqual(claims, {
      sub: "anna",
      aud: "client",
      iss: issuer,
      iat: "1700000000",
      groups: "[a b]",
      verified: "true",
    });
    assert.match(exp, /^\d+$/);
    assert.equal(jwt.scopes, null);
  });

  it("takes tokens without the scheme, and client_id where there is no audience", async () => {
    const gateway = await startGuarded();
    const authorization = token({ aud: undefined, client_id: "second" });
    assert.equal(
      (await fetch(`${gateway.url}/http/me`, { headers: { authorization } })).status,
      200,
    );
  });

  it("answers 401 for whatever is wrong with a token", async () => {
    const gateway = await startGuarded();
    const bad: Record<string, string | undefined> = {
      missing: undefined,
      malformed: "Bearer x.y.z",
      signature: token({}, {}, other.privateKey),
      issuer: token({}, { issuer: "https://other.example" }),
      audience: token({ aud: "else" }),
      "client beside an audience": token({ aud: "else", client_id: "client" }),
      expired: token({}, { expiresIn: -10 }),
      "not before": token({}, { notBefore: 60 }),
      key: token({}, { keyid: "k2" }),
      algorithm: sign({ sub: "anna", aud: "client", iss: issuer }, "secret", {
        algorithm: "HS256",
        keyid: "k1",
        expiresIn: 60,
      }),
    };
    for (const [what, authorization] of Object.entries(bad)) {
      const headers = authorization === undefined ? undefined : { authorization };
      const response = await fetch(`${gateway.url}/http/me`, { headers });
      assert.deepEqual(
        [response.status, await response.json()],
        [401, { message: "Unauthorized" }],
        what,
      );
      assert.match(response.headers.get("www-authenticate")!, /^Bearer/);
    }
    assert.equal(gateway.invocations.length, 0);
  });

  it("answers 403 without one of the route's scopes", async () => {
    const gateway = await startGuarded(["read", "admin"]);
    const get = (scope: string) =>
      fetch(`${gateway.url}/http/me`, { headers: { authorization: token({ scope }) } });
    const refused = await get("write");
    assert.deepEqual([refused.status, await refused.json()], [403, { message: "Forbidden" }]);
    const event = (await (await get("write read")).json()) as any;
    assert.deepEqual(event.requestContext.authorizer.jwt.scopes, ["write", "read"]);
  });
});
