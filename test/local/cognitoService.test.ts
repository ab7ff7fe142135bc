import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import {
  ALICE,
  claimsOf,
  CLIENT_ID,
  errorOf,
  ISSUER,
  PASSWORD,
  POOL_ID,
  signIn,
  startCognito,
  tokensOf,
  type TestService,
} from "./cognitoSetup";

describe("local user pool: the service", () => {
  let service: TestService;
  beforeEach(async () => {
    service = await startCognito({ groups: [{ name: "members" }] });
    await service.cognito.ensureUser(POOL_ID, ALICE);
  });
  afterEach(() => service.close());

  it("keeps users, sessions and the key over a restart", async () => {
    const tokens = await tokensOf(service, "alice");
    const revoked = await tokensOf(service, "alice");
    await service.call("RevokeToken", { ClientId: CLIENT_ID, Token: revoked.RefreshToken });
    const keys = await service.cognito.keys(ISSUER);
    await service.stop();
    service = await startCognito({ folder: service.folder });
    assert.deepEqual(await service.cognito.keys(ISSUER), keys);
    assert.equal((await signIn(service, "alice")).status, 200);
    const getUser = ({ AccessToken }: { AccessToken: string }) =>
      service.call("GetUser", { AccessToken });
    assert.equal((await getUser(tokens)).status, 200);
    assert.match(errorOf(await getUser(revoked)), /Access Token has been revoked/);
    const refresh = { ClientId: CLIENT_ID, RefreshToken: tokens.RefreshToken };
    assert.equal((await service.call("GetTokensFromRefreshToken", refresh)).status, 200);
  });

  it("keeps no secret of a user in its folder, and the folder's files to itself", async () => {
    const { RefreshToken, AccessToken } = await tokensOf(service, "alice");
    const files = await readdir(service.folder);
    assert.deepEqual(files.sort(), [`${POOL_ID}.json`, `${POOL_ID}.key.pem`]);
    for (const file of files) {
      const path = join(service.folder, file);
      const text = await readFile(path, "utf8");
      for (const secret of [PASSWORD, RefreshToken, AccessToken]) {
        assert.ok(!text.includes(secret), file);
      }
      assert.equal((await stat(path)).mode & 0o777, 0o600);
    }
  });

  it("says which file is broken when it cannot start", async () => {
    await service.stop();
    const path = join(service.folder, `${POOL_ID}.json`);
    await writeFile(path, '{"version":1,"us');
    await assert.rejects(startCognito({ folder: service.folder }), (error: Error) =>
      error.message.includes(path),
    );
    await writeFile(path, '{"version":7}');
    await assert.rejects(startCognito({ folder: service.folder }), /version is 7/);
  });

  it("writes simultaneous changes without losing one", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `user${i}`);
    const signUp = (Username: string) =>
      service.call("SignUp", { ClientId: CLIENT_ID, Username, Password: PASSWORD });
    const answers = await Promise.all(names.map(signUp));
    assert.ok(answers.every(({ status }) => status === 200));
    const text = await readFile(join(service.folder, `${POOL_ID}.json`), "utf8");
    assert.equal(JSON.parse(text).users.length, 21);
  });

  it("refuses by name what it does not offer", async () => {
    assert.match(
      errorOf(await service.call("AssociateSoftwareToken", {})),
      /^UnknownOperationException: .*AssociateSoftwareToken/,
    );
    for (const name of ["", "constructor", "__proto__"]) {
      assert.match(errorOf(await service.call(name, {})), /^UnknownOperationException/);
    }
  });

  it("answers bad input with an error that names the member", async () => {
    const malformed = ["{", "[]", '"text"', "null"];
    for (const body of malformed) {
      assert.match(errorOf(await service.call("SignUp", body)), /^SerializationException/);
    }
    const signUp = async (body: object) =>
      errorOf(await service.call("SignUp", { ClientId: CLIENT_ID, ...body }));
    assert.equal(
      await signUp({ Password: PASSWORD }),
      "InvalidParameterException: 1 validation error detected: Value null at 'username' failed to satisfy constraint: Member must not be null",
    );
    assert.match(
      await signUp({ Username: 7, Password: PASSWORD }),
      /^SerializationException: Username/,
    );
    assert.match(
      await signUp({ Username: "a".repeat(129), Password: PASSWORD }),
      /^InvalidParameterException: .*'username'.*less than or equal to 128/,
    );
    assert.match(await signUp({ Username: "a b", Password: PASSWORD }), /regular expression/);
    assert.match(
      await signUp({ Username: "a", Password: PASSWORD, UserAttributes: [{ Value: "x" }] }),
      /^InvalidParameterException: .*userAttributes\.0\.Name/,
    );
    assert.equal(
      errorOf(await service.call("SignUp", { ClientId: "nobody", Username: "a", Password: "b" })),
      "InvalidParameterException: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
    );
    assert.equal(
      errorOf(await service.call("RevokeToken", { ClientId: "nobody", Token: "x" })),
      "ResourceNotFoundException: User pool client nobody does not exist.",
    );
    assert.match(
      await signUp({ Username: "a", Password: PASSWORD, SecretHash: "x" }),
      /^NotAuthorizedException: Unable to verify secret hash/,
    );
  });

  it("answers bad numbers and stale steps of SRP with errors", async () => {
    const initiate = (SRP_A: string) =>
      service.call("InitiateAuth", {
        ClientId: CLIENT_ID,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: { USERNAME: "alice", SRP_A },
      });
    for (const number of ["0", "xyz", "-1", "f".repeat(5000)]) {
      assert.match(errorOf(await initiate(number)), /^InvalidParameterException: SRP_A/);
    }
    const { ChallengeParameters: parameters } = (await initiate("abc")).body;
    const respond = async (more: object) =>
      errorOf(
        await service.call("RespondToAuthChallenge", {
          ClientId: CLIENT_ID,
          ChallengeName: "PASSWORD_VERIFIER",
          ChallengeResponses: {
            USERNAME: "alice",
            PASSWORD_CLAIM_SECRET_BLOCK: parameters.SECRET_BLOCK,
            PASSWORD_CLAIM_SIGNATURE: "AAAA",
            TIMESTAMP: "Sat Nov 1 09:05:00 UTC 2025",
            ...more,
          },
        }),
      );
    assert.match(await respond({ TIMESTAMP: "2025-11-01" }), /TIMESTAMP format should be/);
    assert.match(await respond({ PASSWORD_CLAIM_SECRET_BLOCK: "AAAA" }), /session is expired/);
    assert.match(await respond({}), /Incorrect username or password/);
    assert.match(await respond({}), /session is expired/);
  });

  it("limits the size of a request", async () => {
    const { status, body } = await service.call("SignUp", { Username: "a".repeat(300_000) });
    assert.equal(status, 413);
    assert.equal(body.__type, "RequestEntityTooLargeException");
  });

  it("survives a client that leaves in the middle of a request", async () => {
    const { hostname, port } = new URL(service.endpoint);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", () =>
          socket.destroy(),
        );
      });
      socket.on("close", () => resolve());
    });
    assert.equal((await signIn(service, "alice")).status, 200);
  });

  it("lets browsers of any origin in", async () => {
    const preflight = await fetch(service.endpoint, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:8080",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-amz-target,x-amz-user-agent",
      },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    const allowed = preflight.headers.get("access-control-allow-headers")!.split(",");
    for (const name of ["cache-control", "content-type", "x-amz-target", "x-amz-user-agent"]) {
      assert.ok(allowed.includes(name), name);
    }
    const { headers } = await signIn(service, "nobody");
    assert.equal(headers.get("access-control-allow-origin"), "*");
  });

  it("publishes the pool's configuration, and nothing else", async () => {
    const get = (path: string) => fetch(`${service.endpoint}${path}`);
    const answer = await get(`/${POOL_ID}/.well-known/openid-configuration`);
    const configuration = (await answer.json()) as Record<string, string>;
    assert.equal(configuration.issuer, ISSUER);
    assert.equal((await fetch(configuration.jwks_uri!)).status, 200);
    for (const path of ["/", `/${POOL_ID}/.well-known/other`, "/nowhere/.well-known/jwks.json"]) {
      assert.equal((await get(path)).status, 404);
    }
  });

  it("makes the operator's user once, with the password given last", async () => {
    const first = await service.cognito.ensureUser(POOL_ID, ALICE);
    const password = "Another-Horse-2";
    const second = await service.cognito.ensureUser(POOL_ID, { ...ALICE, password });
    assert.deepEqual(second, first);
    assert.equal((await signIn(service, "alice", password)).status, 200);
    const tokens = await service.cognito.tokensFor(CLIENT_ID, "alice");
    assert.equal(claimsOf(tokens.IdToken).sub, first.sub);
    await assert.rejects(service.cognito.ensureUser(POOL_ID, { ...ALICE, password: "weak" }), {
      name: "InvalidPasswordException",
    });
  });

  it("refuses pools and clients that it cannot serve", async () => {
    await assert.rejects(startCognito({ client: { generateSecret: true } }), /has a secret/);
    await assert.rejects(startCognito({ pool: { mfaConfiguration: "ON" } }), /requires MFA/);
    const triggers = { lambdaConfig: { postConfirmation: "x" } };
    const other = await startCognito({ pool: triggers });
    assert.match(other.log[0]!, /without effect here.*lambdaConfig.postConfirmation/);
    await other.close();
  });
});
