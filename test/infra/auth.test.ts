import assert from "node:assert/strict";
import { evaluated, find, only, type Variant } from "../support/evaluations";

const userPool = "aws:cognito/userPool:UserPool";
const userPoolClient = "aws:cognito/userPoolClient:UserPoolClient";

describe("sign-in", () => {
  const graphOf = async (variant: Variant) => (await evaluated(variant)).graph;

  it("has a pool with the stack's password policy, its trigger and its protection", async () => {
    const graph = await graphOf("prod");
    assert.deepEqual(only(graph, userPool).inputs, {
      name: "switchboard-prod",
      autoVerifiedAttributes: ["email"],
      usernameConfiguration: { caseSensitive: false },
      passwordPolicy: {
        minimumLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireNumbers: true,
        requireSymbols: true,
        temporaryPasswordValidityDays: 7,
      },
      accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
      lambdaConfig: {
        preSignUp: find(graph, "aws:lambda/function:Function", "pre-sign-up").outputs.arn,
      },
      deletionProtection: "ACTIVE",
    });
  });

  // As with the table, mocks do not show Pulumi's `protect`.
  it("is laxer and can be destroyed in dev", async () => {
    const { passwordPolicy, deletionProtection } = only(await graphOf("dev"), userPool).inputs;
    assert.equal(deletionProtection, "INACTIVE");
    assert.equal(passwordPolicy.minimumLength, 8);
    assert.equal(passwordPolicy.requireSymbols, false);
  });

  const client = (environment: string, poolId: string, explicitAuthFlows: string[]) => ({
    name: `switchboard-${environment}-web`,
    userPoolId: poolId,
    generateSecret: false,
    explicitAuthFlows,
    preventUserExistenceErrors: "ENABLED",
    enableTokenRevocation: true,
    refreshTokenValidity: 30,
    accessTokenValidity: 60,
    idTokenValidity: 60,
    tokenValidityUnits: { refreshToken: "days", accessToken: "minutes", idToken: "minutes" },
  });

  it("has a client without a secret, which proves passwords by SRP only", async () => {
    const graph = await graphOf("prod");
    assert.deepEqual(
      only(graph, userPoolClient).inputs,
      client("prod", only(graph, userPool).id, ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
    );
  });

  it("takes passwords themselves where the setting allows it", async () => {
    const graph = await graphOf("dev");
    assert.deepEqual(
      only(graph, userPoolClient).inputs,
      client("dev", only(graph, userPool).id, [
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
      ]),
    );
  });

  it("has the groups of the setting", async () => {
    const graph = await graphOf("prod");
    assert.deepEqual(only(graph, "aws:cognito/userGroup:UserGroup").inputs, {
      name: "moderators",
      userPoolId: only(graph, userPool).id,
    });
  });

  it("lets this pool alone invoke the trigger", async () => {
    const graph = await graphOf("prod");
    assert.deepEqual(find(graph, "aws:lambda/permission:Permission", "pre-sign-up").inputs, {
      function: "switchboard-prod-pre-sign-up",
      action: "lambda:InvokeFunction",
      principal: "cognito-idp.amazonaws.com",
      sourceArn: only(graph, userPool).outputs.arn,
    });
  });
});
