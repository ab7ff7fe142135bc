import assert from "node:assert/strict";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  CognitoUserAttribute,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import {
  ALICE,
  claimsOf,
  CLIENT_ID,
  PASSWORD,
  POOL_ID,
  startCognito,
  type TestService,
} from "./cognitoSetup";

describe("local user pool: amazon-cognito-identity-js", function () {
  // Its arithmetic is in plain JavaScript: a sign-in takes it a quarter of a second and more.
  this.timeout(30_000);
  let service: TestService;
  let pool: CognitoUserPool;
  before(async () => {
    service = await startCognito();
    const { endpoint } = service;
    pool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint });
  });
  after(() => service.close());

  const signIn = (user: CognitoUser, password: string) =>
    new Promise<CognitoUserSession>((onSuccess, onFailure) => {
      const details = new AuthenticationDetails({
        Username: user.getUsername(),
        Password: password,
      });
      user.authenticateUser(details, { onSuccess, onFailure });
    });
  const userNamed = (Username: string) => new CognitoUser({ Username, Pool: pool });

  it("signs up, confirms, signs in by SRP, refreshes and signs out everywhere", async () => {
    const email = new CognitoUserAttribute({ Name: "email", Value: "erin@example.com" });
    const signedUp = await new Promise<any>((resolve, reject) =>
      pool.signUp("erin", PASSWORD, [email], [], (error, result) =>
        error ? reject(error) : resolve(result),
      ),
    );
    assert.equal(signedUp.userConfirmed, false);
    assert.equal(signedUp.codeDeliveryDetails.Destination, "e***@e***");

    const user = userNamed("erin");
    await assert.rejects(signIn(user, PASSWORD), { name: "UserNotConfirmedException" });
    const confirmed = await callback((done) =>
      user.confirmRegistration(service.code(), false, done),
    );
    assert.equal(confirmed, "SUCCESS");

    const session = await signIn(user, PASSWORD);
    assert.equal(session.getIdToken().payload["cognito:username"], "erin");
    const refreshed = await callback<CognitoUserSession>((done) =>
      user.refreshSession(session.getRefreshToken(), done),
    );
    assert.equal(
      refreshed.getAccessToken().payload.origin_jti,
      session.getAccessToken().payload.origin_jti,
    );
    assert.notEqual(refreshed.getAccessToken().payload.jti, session.getAccessToken().payload.jti);

    await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
    // Asked without the library, which tries a refused refresh for seconds.
    const { body } = await service.call("GetTokensFromRefreshToken", {
      ClientId: CLIENT_ID,
      RefreshToken: session.getRefreshToken().getToken(),
    });
    assert.equal(body.message, "Refresh Token has been revoked");
  });

  it("refuses a wrong password and an unknown user alike", async () => {
    await service.cognito.ensureUser(POOL_ID, ALICE);
    const refusal = { name: "NotAuthorizedException", message: "Incorrect username or password." };
    await assert.rejects(signIn(userNamed("alice"), "Wrong-Password-1"), refusal);
    await assert.rejects(signIn(userNamed("nobody"), "Wrong-Password-1"), refusal);
  });

  it("gives an unknown user the same salt every time", async () => {
    const start = async (username: string) => {
      const { body } = await service.call("InitiateAuth", {
        ClientId: CLIENT_ID,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: { USERNAME: username, SRP_A: "abcdef" },
      });
      return body.ChallengeParameters;
    };
    const [first, second, other] = [
      await start("nobody"),
      await start("nobody"),
      await start("no"),
    ];
    assert.equal(first.SALT, second.SALT);
    assert.notEqual(first.SALT, other.SALT);
    assert.notEqual(first.SRP_B, second.SRP_B);
    assert.deepEqual(Object.keys(first), Object.keys(await start("alice")));
  });

  it("signs in by SRP whatever the numbers' leading digits", async () => {
    // Numbers that begin with a high bit or a zero nibble are padded differently.
    for (let i = 0; i < 6; i++) {
      const session = await signIn(userNamed("alice"), PASSWORD);
      assert.ok(session.isValid());
    }
  });

  it("demands a new password for a temporary one", async () => {
    const { AdminCreateUserCommand } = await import("@aws-sdk/client-cognito-identity-provider");
    await service.sdk().send(
      new AdminCreateUserCommand({
        UserPoolId: POOL_ID,
        Username: "frank",
        TemporaryPassword: "Temporary-1",
        UserAttributes: [{ Name: "email", Value: "frank@example.com" }],
      }),
    );
    const user = userNamed("frank");
    const session = await new Promise<CognitoUserSession>((onSuccess, onFailure) =>
      user.authenticateUser(
        new AuthenticationDetails({ Username: "frank", Password: "Temporary-1" }),
        {
          onSuccess,
          onFailure,
          newPasswordRequired: (attributes, required) => {
            assert.equal(attributes.email, "frank@example.com");
            assert.deepEqual(required, []);
            user.completeNewPasswordChallenge(PASSWORD, {}, { onSuccess, onFailure });
          },
        },
      ),
    );
    assert.ok(session.isValid());
  });
});

describe("local user pool: aws-amplify 6", function () {
  this.timeout(30_000);
  let service: TestService;
  before(async () => {
    service = await startCognito();
    await service.cognito.ensureUser(POOL_ID, ALICE);
    Amplify.configure({
      Auth: {
        Cognito: {
          userPoolId: POOL_ID,
          userPoolClientId: CLIENT_ID,
          userPoolEndpoint: service.endpoint,
        },
      },
    });
  });
  after(async () => {
    await auth.signOut();
    await service.close();
  });

  it("signs in by its default flow, refreshes, and signs out", async () => {
    const { isSignedIn } = await auth.signIn({ username: "alice", password: PASSWORD });
    assert.ok(isSignedIn);
    assert.equal((await auth.getCurrentUser()).username, "alice");
    const first = (await auth.fetchAuthSession()).tokens;
    const second = (await auth.fetchAuthSession({ forceRefresh: true })).tokens;
    assert.notEqual(second?.accessToken.payload.jti, first?.accessToken.payload.jti);
    assert.equal(second?.idToken?.payload.email, "alice@example.com");
    assert.equal((await auth.fetchUserAttributes()).email_verified, "true");

    await auth.signOut();
    const revoked = await service.call("GetUser", { AccessToken: String(second?.accessToken) });
    assert.equal(revoked.body.message, "Access Token has been revoked");
  });

  it("signs up, confirms by code, resets and changes the password, deletes the user", async () => {
    const { nextStep } = await auth.signUp({
      username: "gina",
      password: PASSWORD,
      options: { userAttributes: { email: "gina@example.com" } },
    });
    assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
    await auth.resendSignUpCode({ username: "gina" });
    await auth.confirmSignUp({ username: "gina", confirmationCode: service.code() });

    await auth.resetPassword({ username: "gina" });
    const confirmationCode = service.code();
    const newPassword = "Another-Horse-2";
    await auth.confirmResetPassword({ username: "gina", confirmationCode, newPassword });

    const options = { authFlowType: "USER_PASSWORD_AUTH" } as const;
    await auth.signIn({ username: "gina", password: newPassword, options });
    await auth.updatePassword({ oldPassword: newPassword, newPassword: PASSWORD });
    await auth.updateUserAttributes({ userAttributes: { nickname: "Gi" } });
    assert.equal((await auth.fetchUserAttributes()).nickname, "Gi");
    await auth.deleteUser();
    await assert.rejects(auth.signIn({ username: "gina", password: PASSWORD }), {
      name: "NotAuthorizedException",
    });
  });

  it("signs out everywhere", async () => {
    const tokens = await service.cognito.tokensFor(CLIENT_ID, "alice");
    assert.equal(claimsOf(tokens.AccessToken).username, "alice");
    await auth.signIn({ username: "alice", password: PASSWORD });
    await auth.signOut({ global: true });
    const { body } = await service.call("GetUser", { AccessToken: tokens.AccessToken });
    assert.equal(body.message, "Access Token has been revoked");
  });
});

function callback<T>(run: (done: (error: Error | undefined, result: T) => void) => void) {
  return new Promise<T>((resolve, reject) =>
    run((error, result) => (error ? reject(error) : resolve(result))),
  );
}
