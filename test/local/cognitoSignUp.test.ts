import assert from "node:assert/strict";
import {
  CLIENT_ID,
  claimsOf,
  errorOf,
  PASSWORD,
  signIn,
  startCognito,
  tokensOf,
  type Setup,
  type TestService,
} from "./cognitoSetup";

const DAY_MS = 86_400_000;

describe("local user pool: sign-up", () => {
  let service: TestService;
  const start = async (setup: Setup = {}) => (service = await startCognito(setup));
  afterEach(() => service.close());

  const signUp = (username: string, more: object = {}) =>
    service.call("SignUp", {
      ClientId: CLIENT_ID,
      Username: username,
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: "alice@example.com" }],
      ...more,
    });
  const confirm = (username: string, code: string) =>
    service.call("ConfirmSignUp", {
      ClientId: CLIENT_ID,
      Username: username,
      ConfirmationCode: code,
    });

  it("refuses a name that is taken, whatever its case where the pool ignores it", async () => {
    await start({ pool: { usernameConfiguration: { caseSensitive: false } } });
    await signUp("Alice");
    assert.equal(errorOf(await signUp("alice")), "UsernameExistsException: User already exists");
    await service.close();
    await start();
    await signUp("Alice");
    assert.equal((await signUp("alice")).status, 200);
  });

  it("confirms by the code it was sent, once", async () => {
    await start();
    const { body } = await signUp("alice");
    assert.equal(body.UserConfirmed, false);
    assert.deepEqual(body.CodeDeliveryDetails, {
      AttributeName: "email",
      DeliveryMedium: "EMAIL",
      Destination: "a***@e***",
    });
    const code = service.code();
    assert.equal(
      errorOf(await signIn(service, "alice")),
      "UserNotConfirmedException: User is not confirmed.",
    );
    const wrong = code === "000000" ? "000001" : "000000";
    assert.equal(
      errorOf(await confirm("alice", wrong)),
      "CodeMismatchException: Invalid verification code provided, please try again.",
    );
    assert.equal((await confirm("alice", code)).status, 200);
    assert.equal(
      errorOf(await confirm("alice", code)),
      "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED",
    );
    assert.equal(claimsOf((await tokensOf(service, "alice")).IdToken).email_verified, true);
    const resend = { ClientId: CLIENT_ID, Username: "alice" };
    assert.equal(
      errorOf(await service.call("ResendConfirmationCode", resend)),
      "InvalidParameterException: User is already confirmed.",
    );
  });

  it("lets a code lapse after a day, and limits guesses", async () => {
    await start();
    await signUp("alice");
    const code = service.code();
    const wrong = code === "000000" ? "000001" : "000000";
    const answers: string[] = [];
    for (let i = 0; i < 21; i++) answers.push(errorOf(await confirm("alice", wrong)));
    assert.equal(
      answers.at(-1),
      "LimitExceededException: Attempt limit exceeded, please try after some time.",
    );
    service.pass(DAY_MS);
    assert.equal(
      errorOf(await confirm("alice", code)),
      "ExpiredCodeException: Invalid code provided, please request a code again.",
    );
  });

  it("tells nobody who exists", async () => {
    await start();
    const nobody = { ClientId: CLIENT_ID, Username: "nobody" };
    assert.match(errorOf(await confirm("nobody", "123456")), /^ExpiredCodeException/);
    assert.equal((await service.call("ResendConfirmationCode", nobody)).status, 200);
    assert.equal((await service.call("ForgotPassword", nobody)).status, 200);
    const reset = { ...nobody, ConfirmationCode: "123456", Password: PASSWORD };
    assert.match(
      errorOf(await service.call("ConfirmForgotPassword", reset)),
      /^CodeMismatchException/,
    );
  });

  it("says who does not exist where the client is not told to hide it", async () => {
    await start({ client: { preventUserExistenceErrors: "LEGACY" } });
    const nobody = { ClientId: CLIENT_ID, Username: "nobody" };
    const unknown = "UserNotFoundException: Username/client id combination not found.";
    assert.equal(
      errorOf(await signIn(service, "nobody")),
      "UserNotFoundException: User does not exist.",
    );
    assert.equal(errorOf(await confirm("nobody", "123456")), unknown);
    assert.equal(errorOf(await service.call("ForgotPassword", nobody)), unknown);
    assert.equal(errorOf(await service.call("ResendConfirmationCode", nobody)), unknown);
  });

  it("names the rule of the password policy that is broken", async () => {
    await start({
      pool: {
        passwordPolicy: {
          minimumLength: 10,
          requireLowercase: true,
          requireNumbers: true,
          requireSymbols: true,
          requireUppercase: true,
        },
      },
    });
    const cases = {
      "Aa1!": "Password not long enough",
      "ABCDEFGH1!": "Password must have lowercase characters",
      "abcdefgh1!": "Password must have uppercase characters",
      "Abcdefghi!": "Password must have numeric characters",
      Abcdefghi1: "Password must have symbol characters",
    };
    for (const [password, problem] of Object.entries(cases)) {
      assert.equal(
        errorOf(await signUp("alice", { Password: password })),
        `InvalidPasswordException: Password did not conform with policy: ${problem}`,
      );
    }
    assert.match(
      errorOf(await signUp("alice", { Password: " Abcdefghi1!" })),
      /^InvalidParameterException: 1 validation error detected: Value at 'password'/,
    );
    assert.equal((await signUp("alice", { Password: "Abcdefghi1!" })).status, 200);
  });

  it("checks attributes against the pool's schema", async () => {
    const schemas = [
      { name: "email", attributeDataType: "String", required: true, mutable: true },
      { name: "level", attributeDataType: "Number", numberAttributeConstraints: { maxValue: "9" } },
    ];
    await start({ pool: { schemas }, client: { writeAttributes: ["email", "custom:level"] } });
    const refusal = async (...UserAttributes: object[]) =>
      errorOf(await signUp("alice", { UserAttributes }));
    const email = { Name: "email", Value: "alice@example.com" };
    assert.match(await refusal(), /^InvalidParameterException: .*email is required/);
    assert.equal(
      await refusal({ Name: "email", Value: "nonsense" }),
      "InvalidParameterException: Invalid email address format.",
    );
    assert.match(await refusal(email, { Name: "custom:level", Value: "10" }), /maximum of 9/);
    assert.match(
      await refusal(email, { Name: "custom:nothing", Value: "1" }),
      /Type for attribute \{custom:nothing\} could not be determined/,
    );
    assert.equal(
      await refusal(email, { Name: "email_verified", Value: "true" }),
      "NotAuthorizedException: A client attempted to write unauthorized attribute",
    );
    assert.match(await refusal(email, { Name: "sub", Value: "1" }), /non-mutable attribute sub/);
    const attributes = [email, { Name: "custom:level", Value: "9" }];
    assert.equal((await signUp("alice", { UserAttributes: attributes })).status, 200);
  });

  it("is closed where only administrators make users", async () => {
    await start({ pool: { adminCreateUserConfig: { allowAdminCreateUserOnly: true } } });
    assert.equal(
      errorOf(await signUp("alice")),
      "NotAuthorizedException: SignUp is not permitted for this user pool",
    );
  });

  it("takes an email for a name where the pool says so", async () => {
    const usernameConfiguration = { caseSensitive: false };
    await start({ pool: { usernameAttributes: ["email"], usernameConfiguration } });
    assert.equal(
      errorOf(await signUp("alice")),
      "InvalidParameterException: Username should be an email.",
    );
    await signUp("alice@example.com");
    assert.equal(
      errorOf(await signUp("Alice@example.com")),
      "UsernameExistsException: An account with the given email already exists.",
    );
    await confirm("alice@example.com", service.code());
    const { IdToken } = await tokensOf(service, "ALICE@example.com");
    const claims = claimsOf(IdToken);
    assert.equal(claims["cognito:username"], claims.sub);
    assert.equal(claims.email, "alice@example.com");
  });

  it("lets a verified email serve as a name besides the name, for one user at a time", async () => {
    await start({ pool: { aliasAttributes: ["email"] } });
    assert.match(errorOf(await signUp("alice@example.com")), /cannot be of email format/);
    await signUp("alice");
    assert.match(errorOf(await signIn(service, "alice@example.com")), /^NotAuthorizedException/);
    await confirm("alice", service.code());
    const { IdToken } = await tokensOf(service, "alice@example.com");
    assert.equal(claimsOf(IdToken)["cognito:username"], "alice");
    await signUp("alicia");
    const code = service.code();
    assert.match(errorOf(await confirm("alicia", code)), /^AliasExistsException/);
    const forced = { ClientId: CLIENT_ID, Username: "alicia", ConfirmationCode: code };
    await service.call("ConfirmSignUp", { ...forced, ForceAliasCreation: true });
    const taken = claimsOf((await tokensOf(service, "alice@example.com")).IdToken);
    assert.equal(taken["cognito:username"], "alicia");
  });
});
