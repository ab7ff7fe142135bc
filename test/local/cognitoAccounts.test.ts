import assert from "node:assert/strict";
import {
  ALICE,
  CLIENT_ID,
  errorOf,
  PASSWORD,
  POOL_ID,
  signIn,
  startCognito,
  tokensOf,
  type Setup,
  type TestService,
} from "./cognitoSetup";

describe("local user pool: accounts", () => {
  let service: TestService;
  const start = async (setup: Setup = {}) => {
    service = await startCognito(setup);
    await service.cognito.ensureUser(POOL_ID, ALICE);
  };
  afterEach(() => service.close());

  const getUser = (AccessToken: string) => service.call("GetUser", { AccessToken });

  it("lets users change their attributes and password, and leave", async () => {
    await start({ pool: { autoVerifiedAttributes: ["email"] } });
    const { AccessToken, RefreshToken } = await tokensOf(service, "alice");
    const update = (Name: string, Value: string) =>
      service.call("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name, Value }] });
    const { body } = await update("email", "new@example.com");
    assert.equal(body.CodeDeliveryDetailsList[0].Destination, "n***@e***");
    const attributes = async () => {
      const { UserAttributes } = (await getUser(AccessToken)).body;
      return Object.fromEntries(UserAttributes.map(({ Name, Value }: any) => [Name, Value]));
    };
    assert.equal((await attributes()).email_verified, "false");
    const verification = { AccessToken, AttributeName: "email", Code: service.code() };
    assert.equal((await service.call("VerifyUserAttribute", verification)).status, 200);
    assert.equal((await attributes()).email_verified, "true");

    const change = (PreviousPassword: string, ProposedPassword: string) =>
      service.call("ChangePassword", { AccessToken, PreviousPassword, ProposedPassword });
    assert.equal(
      errorOf(await change("Wrong-Password-1", "Another-Horse-2")),
      "NotAuthorizedException: Incorrect username or password.",
    );
    assert.match(errorOf(await change(PASSWORD, "weak")), /^InvalidPasswordException/);
    assert.equal((await change(PASSWORD, "Another-Horse-2")).status, 200);
    assert.match(errorOf(await signIn(service, "alice")), /^NotAuthorizedException/);
    assert.equal((await signIn(service, "alice", "Another-Horse-2")).status, 200);

    assert.equal((await service.call("DeleteUser", { AccessToken })).status, 200);
    assert.match(errorOf(await getUser(AccessToken)), /^UserNotFoundException/);
    assert.match(
      errorOf(
        await service.call("GetTokensFromRefreshToken", { ClientId: CLIENT_ID, RefreshToken }),
      ),
      /revoked/,
    );
  });

  it("locks sign-in after five wrong passwords, for a while", async () => {
    await start();
    for (const name of ["alice", "nobody"]) {
      for (let i = 0; i < 5; i++) {
        assert.match(
          errorOf(await signIn(service, name, "Wrong-Password-1")),
          /Incorrect username/,
        );
      }
      assert.equal(
        errorOf(await signIn(service, name)),
        "NotAuthorizedException: Password attempts exceeded",
      );
    }
    service.pass(1000);
    assert.equal((await signIn(service, "alice")).status, 200);
  });

  it("refuses a flow that the client does not allow", async () => {
    await start({ client: { explicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] } });
    const flow = async (AuthFlow: string) =>
      errorOf(
        await service.call("InitiateAuth", {
          ClientId: CLIENT_ID,
          AuthFlow,
          AuthParameters: { USERNAME: "alice", PASSWORD },
        }),
      );
    const refused = "InvalidParameterException:";
    assert.equal(
      await flow("USER_PASSWORD_AUTH"),
      `${refused} USER_PASSWORD_AUTH flow not enabled for this client`,
    );
    assert.match(await flow("ADMIN_USER_PASSWORD_AUTH"), /Initiate Auth method not supported/);
    assert.match(await flow("CUSTOM_AUTH"), /CUSTOM_AUTH is not supported/);
    assert.match(await flow("REFRESH_TOKEN_AUTH"), /not enabled/);
    assert.equal(await flow("USER_SRP_AUTH"), `${refused} Missing required parameter SRP_A`);
  });
});
