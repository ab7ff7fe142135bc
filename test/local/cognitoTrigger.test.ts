import assert from "node:assert/strict";
import {
  CLIENT_ID,
  claimsOf,
  errorOf,
  PASSWORD,
  POOL_ARN,
  POOL_ID,
  REGION,
  signIn,
  startCognito,
  tokensOf,
  type Setup,
  type TestService,
} from "./cognitoSetup";

const FUNCTION_ARN = "arn:aws:lambda:eu-west-1:000000000000:function:preSignUp";

describe("local user pool: the pre-sign-up function", () => {
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

  const pool = { lambdaConfig: { preSignUp: FUNCTION_ARN } };

  it("confirms and verifies at once where the function says so", async () => {
    const calls: any[] = [];
    await start({
      pool,
      invoke: async (arn, event: any, caller) => {
        calls.push({ arn, event: structuredClone(event), caller });
        const response = { autoConfirmUser: true, autoVerifyEmail: true, autoVerifyPhone: false };
        return { payload: { ...event, response } };
      },
    });
    const { body } = await signUp("alice", {
      ClientMetadata: { source: "test" },
      ValidationData: [{ Name: "captcha", Value: "ok" }],
    });
    assert.equal(body.UserConfirmed, true);
    assert.equal(body.CodeDeliveryDetails, undefined);
    assert.equal(claimsOf((await tokensOf(service, "alice")).IdToken).email_verified, true);
    assert.deepEqual(calls, [
      {
        arn: FUNCTION_ARN,
        caller: { service: "cognito-idp.amazonaws.com", sourceArn: POOL_ARN },
        event: {
          version: "1",
          region: REGION,
          userPoolId: POOL_ID,
          userName: "alice",
          callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: CLIENT_ID },
          triggerSource: "PreSignUp_SignUp",
          request: {
            userAttributes: { email: "alice@example.com" },
            validationData: { captcha: "ok" },
            clientMetadata: { source: "test" },
          },
          response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
        },
      },
    ]);
  });

  it("leaves the user unconfirmed where the function says nothing", async () => {
    await start({ pool, invoke: async (_arn, event) => ({ payload: event }) });
    assert.equal((await signUp("alice")).body.UserConfirmed, false);
  });

  it("stores nothing when the function throws", async () => {
    const functionError = { errorType: "Error", errorMessage: "Not you" };
    await start({ pool, invoke: async () => ({ functionError }) });
    const refusal = "UserLambdaValidationException: PreSignUp failed with error Not you.";
    assert.equal(errorOf(await signUp("alice")), refusal);
    assert.equal(errorOf(await signUp("alice")), refusal);
    assert.match(errorOf(await signIn(service, "alice")), /^NotAuthorizedException/);
  });

  it("reports a function that it may not invoke, and an answer that is none", async () => {
    const denied = Object.assign(new Error("no permission"), { name: "AccessDeniedException" });
    await start({ pool, invoke: () => Promise.reject(denied) });
    assert.equal(
      errorOf(await signUp("alice")),
      "UnexpectedLambdaException: PreSignUp invocation failed due to error AccessDeniedException.",
    );
    await service.close();
    await start({ pool, invoke: async () => ({ payload: "done" }) });
    assert.equal(
      errorOf(await signUp("alice")),
      "InvalidLambdaResponseException: Unrecognizable lambda output",
    );
  });

  it("makes one user of two simultaneous sign-ups", async () => {
    await start({
      pool,
      invoke: async (_arn, event) => {
        await new Promise((resolve) => setImmediate(resolve));
        return { payload: event };
      },
    });
    const answers = await Promise.all([signUp("alice"), signUp("alice")]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
  });
});
