import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { randomBytes } from "node:crypto";
import type { Target } from "./target";

/** Satisfies the password policy of each of the project's stacks. */
export const password = "Correct-Horse-Battery-7";

export interface Tokens {
  id: string;
  access: string;
  refresh: string;
}

export interface User extends Tokens {
  username: string;
}

/** Sign-up and sign-in need no signature; without credentials given, the SDK would go and look for some. */
const nobody = { accessKeyId: "none", secretAccessKey: "none" };

function clientOf(target: Target, credentials = nobody): CognitoIdentityProviderClient {
  const { cognitoEndpoint: endpoint, region } = target;
  return new CognitoIdentityProviderClient({ endpoint, region, credentials });
}

/** A name that no earlier run has used, since a pool outlives a run. */
export function newUsername(name: string): string {
  return `${name}-${randomBytes(4).toString("hex")}`;
}

export async function signUp(
  target: Target,
  username: string,
  chosenPassword = password,
): Promise<{ confirmed: boolean }> {
  const { UserConfirmed } = await clientOf(target).send(
    new SignUpCommand({
      ClientId: target.userPoolClientId,
      Username: username,
      Password: chosenPassword,
      UserAttributes: [{ Name: "email", Value: `${username}@example.com` }],
    }),
  );
  return { confirmed: UserConfirmed ?? false };
}

/** Signs in by the Secure Remote Password protocol, with the library that browsers use. */
export async function signInBySrp(
  target: Target,
  username: string,
  givenPassword = password,
): Promise<Tokens> {
  const pool = new CognitoUserPool({
    UserPoolId: target.userPoolId,
    ClientId: target.userPoolClientId,
    endpoint: target.cognitoEndpoint,
  });
  const user = new CognitoUser({ Username: username, Pool: pool });
  const session = await new Promise<CognitoUserSession>((resolve, reject) => {
    const details = new AuthenticationDetails({ Username: username, Password: givenPassword });
    user.authenticateUser(details, { onSuccess: resolve, onFailure: reject });
  });
  return {
    id: session.getIdToken().getJwtToken(),
    access: session.getAccessToken().getJwtToken(),
    refresh: session.getRefreshToken().getToken(),
  };
}

/** Signs in by sending the password itself. */
export async function signInByPassword(
  target: Target,
  username: string,
  givenPassword = password,
): Promise<Tokens> {
  const { AuthenticationResult } = await clientOf(target).send(
    new InitiateAuthCommand({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: target.userPoolClientId,
      AuthParameters: { USERNAME: username, PASSWORD: givenPassword },
    }),
  );
  return tokensOf(AuthenticationResult);
}

/** New ID and access tokens for a refresh token. */
export async function refresh(
  target: Target,
  refreshToken: string,
): Promise<Omit<Tokens, "refresh">> {
  const { AuthenticationResult } = await clientOf(target).send(
    new InitiateAuthCommand({
      AuthFlow: "REFRESH_TOKEN_AUTH",
      ClientId: target.userPoolClientId,
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    }),
  );
  return tokensOf(AuthenticationResult);
}

/** Someone new, signed up and signed in. */
export async function newUser(target: Target, name: string): Promise<User> {
  const username = newUsername(name);
  await signUp(target, username);
  return { username, ...(await signInByPassword(target, username)) };
}

/** Makes a user a member of one of the pool's groups. @returns the user with tokens that tell it */
export async function addToGroup(target: Target, user: User, group: string): Promise<User> {
  const { username } = user;
  await clientOf(target, target.administrator).send(
    new AdminAddUserToGroupCommand({
      UserPoolId: target.userPoolId,
      Username: username,
      GroupName: group,
    }),
  );
  return { username, ...(await signInByPassword(target, username)) };
}

function tokensOf(
  result: { IdToken?: string; AccessToken?: string; RefreshToken?: string } | undefined,
): Tokens {
  return {
    id: result?.IdToken ?? "",
    access: result?.AccessToken ?? "",
    refresh: result?.RefreshToken ?? "",
  };
}
