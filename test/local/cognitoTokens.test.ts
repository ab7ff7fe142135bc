import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import jwt from "jsonwebtoken";
import {
  ALICE,
  claimsOf,
  CLIENT_ID,
  errorOf,
  ISSUER,
  POOL_ID,
  startCognito,
  tokensOf,
  type Setup,
  type TestService,
} from "./cognitoSetup";

const HOUR_MS = 3_600_000;

describe("local user pool: tokens", () => {
  let service: TestService;
  const start = async (setup: Setup = {}) => {
    service = await startCognito(setup);
    await service.cognito.ensureUser(POOL_ID, ALICE);
  };
  afterEach(() => service.close());

  const refresh = (RefreshToken: string) =>
    service.call("GetTokensFromRefreshToken", { ClientId: CLIENT_ID, RefreshToken });
  const getUser = (AccessToken: string) => service.call("GetUser", { AccessToken });

  it("are signed by the key that the pool publishes, with AWS's claims", async () => {
    await start();
    const tokens = await tokensOf(service, "alice");
    const jwks = await fetch(`${service.endpoint}/${POOL_ID}/.well-known/jwks.json`);
    const { keys } = (await jwks.json()) as { keys: any[] };
    const { header } = jwt.decode(tokens.IdToken, { complete: true })!;
    const key = createPublicKey({
      key: keys.find(({ kid }) => kid === header.kid),
      format: "jwk",
    });
    const verify = (token: string) =>
      jwt.verify(token, key, { algorithms: ["RS256"], issuer: ISSUER }) as jwt.JwtPayload;
    const id = verify(tokens.IdToken);
    const access = verify(tokens.AccessToken);
    assert.deepEqual(Object.keys(id).sort(), [
      "aud",
      "auth_time",
      "cognito:username",
      "email",
      "email_verified",
      "event_id",
      "exp",
      "iat",
      "iss",
      "jti",
      "origin_jti",
      "sub",
      "token_use",
    ]);
    assert.deepEqual(Object.keys(access).sort(), [
      "auth_time",
      "client_id",
      "event_id",
      "exp",
      "iat",
      "iss",
      "jti",
      "origin_jti",
      "scope",
      "sub",
      "token_use",
      "username",
    ]);
    assert.equal(id.aud, CLIENT_ID);
    assert.equal(id.token_use, "id");
    assert.equal(id.email_verified, true);
    assert.equal(access.client_id, CLIENT_ID);
    assert.equal(access.token_use, "access");
    assert.equal(access.scope, "aws.cognito.signin.user.admin");
    assert.equal(access.username, "alice");
    assert.equal(id.origin_jti, access.origin_jti);
    assert.equal(tokens.TokenType, "Bearer");
    assert.deepEqual(await service.cognito.keys(ISSUER), { keys });
    await assert.rejects(service.cognito.keys("https://example.com"));
  });

  it("live as long as the client says", async () => {
    await start({
      client: {
        accessTokenValidity: 10,
        idTokenValidity: 20,
        refreshTokenValidity: 2,
        tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "hours" },
      },
    });
    const tokens = await tokensOf(service, "alice");
    const lifetime = ({ exp, iat }: Record<string, any>) => exp - iat;
    assert.equal(lifetime(claimsOf(tokens.AccessToken)), 600);
    assert.equal(lifetime(claimsOf(tokens.IdToken)), 1200);
    assert.equal(tokens.ExpiresIn, 600);
    service.pass(HOUR_MS);
    assert.equal(
      errorOf(await getUser(tokens.AccessToken)),
      "NotAuthorizedException: Access Token has expired",
    );
    assert.equal((await refresh(tokens.RefreshToken)).status, 200);
    service.pass(HOUR_MS);
    assert.equal(
      errorOf(await refresh(tokens.RefreshToken)),
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("come anew for a refresh token, by either action", async () => {
    await start();
    const { RefreshToken } = await tokensOf(service, "alice");
    for (const AuthFlow of ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"]) {
      const { body } = await service.call("InitiateAuth", {
        ClientId: CLIENT_ID,
        AuthFlow,
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      });
      assert.equal((await getUser(body.AuthenticationResult.AccessToken)).body.Username, "alice");
      assert.equal(body.AuthenticationResult.RefreshToken, undefined);
    }
    assert.equal(
      errorOf(await refresh("nonsense")),
      "NotAuthorizedException: Invalid Refresh Token.",
    );
  });

  it("end with the session that is revoked, and no other", async () => {
    await start();
    const [one, two] = [await tokensOf(service, "alice"), await tokensOf(service, "alice")];
    const revoke = { ClientId: CLIENT_ID, Token: one.RefreshToken };
    assert.equal((await service.call("RevokeToken", revoke)).status, 200);
    assert.equal((await service.call("RevokeToken", revoke)).status, 200);
    assert.equal(
      errorOf(await refresh(one.RefreshToken)),
      "NotAuthorizedException: Refresh Token has been revoked",
    );
    assert.equal(
      errorOf(await getUser(one.AccessToken)),
      "NotAuthorizedException: Access Token has been revoked",
    );
    assert.equal((await refresh(two.RefreshToken)).status, 200);
    assert.equal((await getUser(two.AccessToken)).status, 200);
    const access = { ClientId: CLIENT_ID, Token: two.AccessToken };
    assert.match(
      errorOf(await service.call("RevokeToken", access)),
      /^UnsupportedTokenTypeException/,
    );
  });

  it("all end with a global sign-out, also without token revocation", async () => {
    await start({ client: { enableTokenRevocation: false } });
    const [one, two] = [await tokensOf(service, "alice"), await tokensOf(service, "alice")];
    assert.equal(claimsOf(one.AccessToken).origin_jti, undefined);
    const revoke = { ClientId: CLIENT_ID, Token: one.RefreshToken };
    assert.match(
      errorOf(await service.call("RevokeToken", revoke)),
      /^UnsupportedOperationException/,
    );
    await service.call("GlobalSignOut", { AccessToken: one.AccessToken });
    for (const tokens of [one, two]) {
      assert.match(errorOf(await getUser(tokens.AccessToken)), /Access Token has been revoked/);
      assert.match(errorOf(await refresh(tokens.RefreshToken)), /Refresh Token has been revoked/);
    }
  });

  it("rotate where the client says so, with a grace period", async () => {
    const refreshTokenRotation = { feature: "ENABLED", retryGracePeriodSeconds: 10 };
    await start({ client: { refreshTokenRotation } });
    const { RefreshToken: first } = await tokensOf(service, "alice");
    const second = (await refresh(first)).body.AuthenticationResult.RefreshToken;
    assert.notEqual(second, first);
    assert.equal((await refresh(first)).status, 200);
    service.pass(11_000);
    assert.match(errorOf(await refresh(first)), /^RefreshTokenReuseException/);
    assert.equal((await refresh(second)).status, 200);
    await service.call("RevokeToken", { ClientId: CLIENT_ID, Token: second });
    assert.match(errorOf(await refresh(first)), /revoked/);
  });

  it("are refused when forged, of another kind, or malformed", async () => {
    await start();
    const { AccessToken, IdToken } = await tokensOf(service, "alice");
    const [header, payload, signature] = AccessToken.split(".");
    const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
    const forged = Buffer.from(
      JSON.stringify({ ...claimsOf(AccessToken), username: "bob" }),
    ).toString("base64url");
    const bad = [
      IdToken,
      `${unsigned}.${payload}.`,
      `${header}.${forged}.${signature}`,
      `%%%.${payload}.${signature}`,
      "nonsense",
      "",
    ];
    for (const token of bad) {
      assert.equal(
        errorOf(await getUser(token)),
        "NotAuthorizedException: Invalid Access Token",
        token,
      );
    }
  });
});
