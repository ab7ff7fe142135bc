import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PreSignUpSettings } from "../functions/preSignUp";
import { BundledFunction } from "./components/bundledFunction";
import type { StackConfig } from "./config";

export interface Auth {
  userPool: aws.cognito.UserPool;
  userPoolClient: aws.cognito.UserPoolClient;
  /** The `iss` of the pool's tokens: AWS's own, wherever the pool is reached. */
  issuer: pulumi.Output<string>;
  /** Where the pool's public keys are. */
  jwksUri: pulumi.Output<string>;
}

/** The user pool with its client for browsers, its groups and the trigger that may confirm who signs up. */
export function createAuth(config: StackConfig): Auth {
  const name = `${config.application}-${config.environment}`;
  const region = aws.getRegionOutput().region;

  const preSignUp = new BundledFunction<PreSignUpSettings>("pre-sign-up", {
    entry: "preSignUp",
    functionName: `${name}-pre-sign-up`,
    description: "Confirms who signs up, where the stack says so",
    settings: { confirm: config.autoConfirmUsers, verifyEmail: config.autoConfirmUsers },
    defaults: config.functions,
  });

  const userPool = new aws.cognito.UserPool(
    "users",
    {
      name,
      // People choose a name, which others address them by, and prove an email address of theirs.
      autoVerifiedAttributes: ["email"],
      usernameConfiguration: { caseSensitive: false },
      passwordPolicy: { ...config.passwordPolicy, temporaryPasswordValidityDays: 7 },
      accountRecoverySetting: {
        recoveryMechanisms: [{ name: "verified_email", priority: 1 }],
      },
      lambdaConfig: { preSignUp: preSignUp.function.arn },
      deletionProtection: config.protect ? "ACTIVE" : "INACTIVE",
    },
    { protect: config.protect },
  );
  new aws.lambda.Permission("pre-sign-up", {
    function: preSignUp.function.name,
    action: "lambda:InvokeFunction",
    principal: "cognito-idp.amazonaws.com",
    sourceArn: userPool.arn,
  });

  const userPoolClient = new aws.cognito.UserPoolClient("web", {
    name: `${name}-web`,
    userPoolId: userPool.id,
    // A browser cannot keep a secret.
    generateSecret: false,
    explicitAuthFlows: [
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH",
      ...(config.passwordSignIn ? ["ALLOW_USER_PASSWORD_AUTH"] : []),
    ],
    preventUserExistenceErrors: "ENABLED",
    enableTokenRevocation: true,
    refreshTokenValidity: 30,
    accessTokenValidity: 60,
    idTokenValidity: 60,
    tokenValidityUnits: { refreshToken: "days", accessToken: "minutes", idToken: "minutes" },
  });

  for (const group of config.groups) {
    new aws.cognito.UserGroup(`group-${group}`, { name: group, userPoolId: userPool.id });
  }

  const issuer = pulumi.interpolate`https://cognito-idp.${region}.amazonaws.com/${userPool.id}`;
  const keysAt =
    config.cognitoEndpoint === undefined
      ? issuer
      : pulumi.interpolate`${config.cognitoEndpoint}/${userPool.id}`;
  return {
    userPool,
    userPoolClient,
    issuer,
    jwksUri: pulumi.interpolate`${keysAt}/.well-known/jwks.json`,
  };
}
