import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { createHandler, type AuthorizerSettings } from "../../functions/authorizer";
import {
  CLIENT,
  ISSUER,
  startIdentityProvider,
  type IdentityProvider,
} from "./support/identityProvider";
import { contextWith } from "./support/invocation";
import { captureLogs } from "./support/logs";

const ARN = "arn:aws:execute-api:eu-west-1:000000000000:api1/ws/$connect";

type Handshake = Pick<
  APIGatewayRequestAuthorizerEvent,
  "headers" | "multiValueHeaders" | "queryStringParameters" | "multiValueQueryStringParameters"
>;

describe("authorizer", () => {
  const logs = captureLogs();
  let provider: IdentityProvider;

  beforeEach(async () => {
    provider = await startIdentityProvider();
  });
  afterEach(() => provider.close());

  function handler(settings: Partial<AuthorizerSettings> = {}) {
    const handle = createHandler({
      issuer: ISSUER,
      jwksUri: provider.jwksUri,
      clientIds: [CLIENT],
      tokenUse: ["id", "access"],
      originSecretDigests: [],
      allowedOrigins: [],
      ...settings,
    });
    return (handshake: Partial<Handshake>) =>
      handle(
        {
          methodArn: ARN,
          headers: null,
          multiValueHeaders: null,
          queryStringParameters: null,
          multiValueQueryStringParameters: null,
          requestContext: { connectionId: "c1" },
          ...handshake,
        } as APIGatewayRequestAuthorizerEvent,
        contextWith(),
      );
  }

  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

  async function assertRefused(
    handshake: Partial<Handshake>,
    reason: RegExp,
    handle = handler(),
  ): Promise<void> {
    const result = await handle(handshake);
    assert.equal(result.policyDocument.Statement[0]?.Effect, "Deny");
    assert.equal(result.context, undefined);
    assert.equal(logs.length, 1);
    assert.equal(logs[0]?.level, "warn");
    assert.match(String(logs[0]?.reason), reason);
  }

  describe("accepts", () => {
    it("an ID token in the Authorization header, and says who it is", async () => {
      const expires = Math.floor(Date.now() / 1000) + 60;
      const token = provider.idToken({ "cognito:groups": ["staff", "ops"], exp: expires });
      const result = await handler()({
        ...bearer(token),
        queryStringParameters: { session: "desk_1" },
      });
      assert.deepEqual(result, {
        principalId: "alice",
        policyDocument: {
          Version: "2012-10-17",
          Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: ARN }],
        },
        context: { username: "alice", sessionKey: "desk_1", groups: '["staff","ops"]', expires },
      });
    });

    it("an access token in a subprotocol entry", async () => {
      const protocols = `switchboard.v1, bearer.${provider.accessToken()}`;
      const result = await handler()({ headers: { "sec-websocket-protocol": protocols } });
      assert.equal(result.context?.username, "alice");
      assert.equal(result.context?.groups, "[]");
    });

    it("a token in the query", async () => {
      const result = await handler()({ queryStringParameters: { token: provider.idToken() } });
      assert.equal(result.context?.username, "alice");
    });

    it("makes a session key where none, or none that is well formed, is given", async () => {
      const handle = handler();
      for (const query of [
        null,
        { session: "" },
        { session: "a b" },
        { session: "x".repeat(65) },
      ]) {
        const result = await handle({
          ...bearer(provider.idToken()),
          queryStringParameters: query,
        });
        assert.match(String(result.context?.sessionKey), /^[0-9a-f-]{36}$/);
      }
    });

    it("lets the first source decide", async () => {
      const token = provider.idToken();
      await assertRefused(
        { headers: { authorization: "Bearer x" }, queryStringParameters: { token } },
        /not a JWT/,
      );
    });
  });

  describe("refuses credentials that are", () => {
    const cases: [string, () => Partial<Handshake>, RegExp][] = [
      ["missing", () => ({}), /no credential/],
      ["empty", () => bearer(""), /not "Bearer/],
      ["of another scheme", () => ({ headers: { Authorization: "Basic eDp5" } }), /not "Bearer/],
      ["empty in the query", () => ({ queryStringParameters: { token: "" } }), /token is empty/],
      [
        "empty in the subprotocol",
        () => ({ headers: { "Sec-WebSocket-Protocol": "switchboard.v1, bearer." } }),
        /subprotocol is empty/,
      ],
      [
        "doubled in the header",
        () => ({ multiValueHeaders: { authorization: ["Bearer a", "Bearer b"] } }),
        /header is given twice/,
      ],
      [
        "doubled in the subprotocol",
        () => ({ headers: { "sec-websocket-protocol": "bearer.a, bearer.b" } }),
        /subprotocol is given twice/,
      ],
      [
        "doubled in the query",
        () => ({ multiValueQueryStringParameters: { token: ["a", "b"] } }),
        /token is given twice/,
      ],
      ["no JWT", () => bearer("abc"), /not a JWT/],
      [
        "unsigned",
        () => bearer(provider.idToken({}, { algorithm: "none", key: "" })),
        /not signed with RS256/,
      ],
      [
        "signed with the public key as a secret",
        () => bearer(provider.idToken({}, { algorithm: "HS256", key: provider.publicPem })),
        /not signed with RS256/,
      ],
      ["expired", () => bearer(provider.idToken({ exp: 1 })), /jwt expired/],
      ["without expiry", () => bearer(provider.idToken({ exp: undefined })), /exp|expire/],
      [
        "not yet valid",
        () => bearer(provider.idToken({ nbf: Math.floor(Date.now() / 1000) + 600 })),
        /not active/,
      ],
      ["of another issuer", () => bearer(provider.idToken({ iss: `${ISSUER}2` })), /issuer/],
      ["for another client", () => bearer(provider.idToken({ aud: "client-2" })), /another client/],
      [
        "access tokens for another client",
        () => bearer(provider.accessToken({ client_id: "client-2", aud: CLIENT })),
        /another client/,
      ],
      ["of no known use", () => bearer(provider.idToken({ token_use: "refresh" })), /token_use/],
      [
        "of nobody",
        () => bearer(provider.idToken({ "cognito:username": undefined })),
        /names no user/,
      ],
      [
        "of a key that is not the pool's",
        () => bearer(provider.idToken({}, { keyId: "key-9" })),
        /unknown key/,
      ],
    ];
    for (const [what, handshake, reason] of cases) {
      it(what, () => assertRefused(handshake(), reason));
    }

    it("tampered with", async () => {
      const [head, , signature] = provider.idToken().split(".");
      const claims = { iss: ISSUER, token_use: "id", aud: CLIENT, "cognito:username": "bob" };
      const forged = Buffer.from(JSON.stringify(claims)).toString("base64url");
      await assertRefused(bearer(`${head}.${forged}.${signature}`), /invalid signature/);
    });

    it("of a use that the stack does not accept", async () => {
      const handle = handler({ tokenUse: ["access"] });
      await assertRefused(bearer(provider.idToken()), /id tokens are not accepted/, handle);
    });
  });

  describe("checks where the request comes from:", () => {
    const digest = (secret: string) => createHash("sha256").update(secret).digest("hex");

    it("the origin secret, old or new", async () => {
      const handle = handler({ originSecretDigests: [digest("old"), digest("new")] });
      for (const secret of ["old", "new"]) {
        const { headers } = bearer(provider.idToken());
        const result = await handle({ headers: { ...headers, "X-Origin-Verify": secret } });
        assert.equal(result.policyDocument.Statement[0]?.Effect, "Allow");
      }
      for (const headers of [{}, { "x-origin-verify": "other" }, { "x-origin-verify": "" }]) {
        logs.length = 0;
        const handshake = { headers: { ...bearer(provider.idToken()).headers, ...headers } };
        await assertRefused(handshake, /origin secret/, handle);
      }
    });

    it("the Origin, where there is one", async () => {
      const handle = handler({ allowedOrigins: ["https://app.example.com"] });
      const viewerHost = { "x-viewer-host": "chat.example.com" };
      const { headers } = bearer(provider.idToken());
      for (const origin of [
        {},
        { Origin: "https://app.example.com" },
        { Origin: "https://chat.example.com" },
      ]) {
        const result = await handle({ headers: { ...headers, ...viewerHost, ...origin } });
        assert.equal(result.policyDocument.Statement[0]?.Effect, "Allow");
      }
      for (const origin of [
        "https://app.example.com.evil.test",
        "https://chat.example.com:444",
        "null",
        "",
      ]) {
        logs.length = 0;
        await assertRefused(
          { headers: { ...headers, ...viewerHost, Origin: origin } },
          /Origin/,
          handle,
        );
      }
    });
  });

  describe("fetches keys", () => {
    it("once for many handshakes", async () => {
      const handle = handler();
      for (let i = 0; i < 20; i++) await handle(bearer(provider.idToken()));
      assert.equal(provider.fetches(), 1);
    });

    it("a few times for a flood of unknown key ids, and still knows its own", async () => {
      const handle = handler();
      for (let i = 0; i < 100; i++) {
        const result = await handle(bearer(provider.idToken({}, { keyId: `invented-${i}` })));
        assert.equal(result.policyDocument.Statement[0]?.Effect, "Deny");
      }
      assert.ok(provider.fetches() <= 11, `${provider.fetches()} fetches`);
      assert.match(String(logs.at(-1)?.reason), /too many/);
      const result = await handle(bearer(provider.idToken()));
      assert.equal(result.policyDocument.Statement[0]?.Effect, "Allow");
    });

    it("again for a key that was added later", async () => {
      const handle = handler();
      await handle(bearer(provider.idToken()));
      const key = provider.rotate("key-2");
      for (let i = 0; i < 3; i++) {
        const result = await handle(bearer(provider.idToken({}, { keyId: "key-2", key })));
        assert.equal(result.policyDocument.Statement[0]?.Effect, "Allow");
      }
      assert.equal(provider.fetches(), 2);
    });

    it("and denies while they are out of reach, saying so as an error", async () => {
      const handle = handler();
      provider.answerWith(503);
      const result = await handle(bearer(provider.idToken()));
      assert.equal(result.policyDocument.Statement[0]?.Effect, "Deny");
      assert.equal(logs.at(-1)?.level, "error");
      provider.answerWith(200);
      const recovered = await handle(bearer(provider.idToken()));
      assert.equal(recovered.policyDocument.Statement[0]?.Effect, "Allow");
    });
  });

  it("logs no token", async () => {
    const token = provider.idToken({ exp: 1 });
    const handle = handler();
    await handle(bearer(token));
    await handle({ queryStringParameters: { token } });
    await handle({ headers: { "sec-websocket-protocol": `bearer.${token}` } });
    assert.equal(logs.length, 3);
    for (const part of token.split(".")) assert.ok(!JSON.stringify(logs).includes(part));
  });
});
