import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { missingAttributes, readAttributeEntries, withoutSub } from "../attributes";
import {
  CognitoError,
  invalidParameter,
  notAuthorized,
  resourceNotFound,
  wrongPassword,
} from "../errors";
import { normalise } from "../lookup";
import { checkPassword } from "../passwordPolicy";
import type { Pool } from "../pool";
import type { Client } from "../poolSettings";
import type { User } from "../store";
import { refreshSession, startSession } from "../sessions";
import { checkPasswordOf, setPassword } from "../users";
import { adminAction, clientAction, fields } from "./action";
import { answerSrp, startSrp, userSigningIn } from "./srpSignIn";

type Parameters = Record<string, string>;

const initiateFields = { AuthFlow: v.string(), AuthParameters: fields.strings };

export const InitiateAuth = clientAction(initiateFields, async ({ pool, client, input }) => {
  const { AuthFlow: flow, AuthParameters: parameters = {} } = input;
  if (flow.startsWith("ADMIN_")) throw invalidParameter("Initiate Auth method not supported.");
  return initiate(pool, client, flow, parameters);
});

export const AdminInitiateAuth = adminAction(
  { ...initiateFields, ClientId: v.string() },
  async ({ pool, input }) => {
    const client = pool.settings.clients.get(input.ClientId);
    if (!client) throw resourceNotFound(`User pool client ${input.ClientId} does not exist.`);
    const flow =
      input.AuthFlow === "ADMIN_NO_SRP_AUTH" ? "ADMIN_USER_PASSWORD_AUTH" : input.AuthFlow;
    return initiate(pool, client, flow, input.AuthParameters ?? {});
  },
);

export const RespondToAuthChallenge = clientAction(
  {
    ChallengeName: v.string(),
    ChallengeResponses: fields.strings,
    Session: v.optional(v.nullable(v.string())),
  },
  async ({ pool, client, input }) => {
    const { ChallengeName: challenge, ChallengeResponses: responses = {} } = input;
    if (challenge === "PASSWORD_VERIFIER") {
      return signedIn(pool, client, answerSrp(pool, client, responses));
    }
    if (challenge === "NEW_PASSWORD_REQUIRED") {
      return newPassword(pool, client, responses, input.Session ?? "");
    }
    throw invalidParameter(`The challenge ${challenge} is not supported by the local user pool.`);
  },
);

async function initiate(
  pool: Pool,
  client: Client,
  flow: string,
  parameters: Parameters,
): Promise<object> {
  switch (flow) {
    case "USER_SRP_AUTH":
      checkFlow(client, "USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client.");
      return startSrp(pool, client, parameters);
    case "USER_PASSWORD_AUTH":
      checkFlow(client, flow, "USER_PASSWORD_AUTH flow not enabled for this client");
      return byPassword(pool, client, parameters);
    case "ADMIN_USER_PASSWORD_AUTH":
      checkFlow(client, flow, "Auth flow not enabled for this client");
      return byPassword(pool, client, parameters);
    case "REFRESH_TOKEN_AUTH":
    case "REFRESH_TOKEN":
      return byRefreshToken(pool, client, parameters);
    default:
      throw invalidParameter(`The flow ${flow} is not supported by the local user pool.`);
  }
}

function checkFlow(client: Client, flow: string, message: string): void {
  if (!client.flows.has(flow)) throw invalidParameter(message);
}

async function byPassword(pool: Pool, client: Client, parameters: Parameters): Promise<object> {
  const name = required(parameters, "USERNAME");
  const password = required(parameters, "PASSWORD");
  const user = userSigningIn(pool, client, name);
  const key = user?.username ?? normalise(pool, name);
  pool.attempts.checkLock(key);
  if (!checkPasswordOf(pool, name, user, password) || !user) {
    pool.attempts.passwordFailed(key);
    throw wrongPassword();
  }
  pool.attempts.passwordAccepted(key);
  return signedIn(pool, client, user);
}

async function byRefreshToken(pool: Pool, client: Client, parameters: Parameters): Promise<object> {
  checkFlow(client, "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH is not enabled for the client.");
  if (client.rotationGraceSeconds !== undefined) {
    throw invalidParameter(
      "Refresh token rotation is enabled for this client: use GetTokensFromRefreshToken.",
    );
  }
  const token = required(parameters, "REFRESH_TOKEN");
  return {
    AuthenticationResult: refreshSession(pool, client, token, false),
    ChallengeParameters: {},
  };
}

/** What follows a proof of the password: tokens, or the demand for a password of one's own. */
async function signedIn(pool: Pool, client: Client, user: User): Promise<object> {
  if (!user.enabled) throw notAuthorized("User is disabled.");
  if (user.status === "UNCONFIRMED") {
    throw new CognitoError("UserNotConfirmedException", "User is not confirmed.");
  }
  if (user.status === "FORCE_CHANGE_PASSWORD") return demandNewPassword(pool, client, user);
  const AuthenticationResult = startSession(pool, client, user);
  await pool.store.save();
  return { AuthenticationResult, ChallengeParameters: {} };
}

function demandNewPassword(pool: Pool, client: Client, user: User): object {
  if ((user.temporaryPasswordExpires ?? 0) <= pool.clock()) {
    throw notAuthorized("Temporary password has expired and must be reset by an administrator.");
  }
  const Session = randomBytes(96).toString("base64url");
  const { username } = user;
  pool.challenges.set(
    Session,
    { kind: "NEW_PASSWORD_REQUIRED", clientId: client.id, username },
    client.challengeSeconds * 1000,
  );
  const attributes = withoutSub(user.attributes);
  const missing = missingAttributes(pool.settings.attributes, attributes);
  return {
    ChallengeName: "NEW_PASSWORD_REQUIRED",
    Session,
    ChallengeParameters: {
      USER_ID_FOR_SRP: username,
      requiredAttributes: JSON.stringify(missing.map((name) => `userAttributes.${name}`)),
      userAttributes: JSON.stringify(attributes),
    },
  };
}

async function newPassword(
  pool: Pool,
  client: Client,
  responses: Parameters,
  session: string,
): Promise<object> {
  const password = required(responses, "NEW_PASSWORD");
  const challenge = pool.challenges.get(session);
  const user = challenge && pool.store.users.get(challenge.username);
  if (challenge?.kind !== "NEW_PASSWORD_REQUIRED" || challenge.clientId !== client.id || !user) {
    throw notAuthorized("Invalid session for the user, session is expired.");
  }
  checkPassword(pool.settings.passwordPolicy, password);
  const entries = Object.entries(responses)
    .filter(([name]) => name.startsWith("userAttributes."))
    .map(([name, Value]) => ({ Name: name.slice("userAttributes.".length), Value }));
  const attributes = readAttributeEntries(pool.settings.attributes, entries, client);
  const missing = missingAttributes(pool.settings.attributes, {
    ...user.attributes,
    ...attributes,
  });
  if (missing.length > 0) {
    throw invalidParameter(`Invalid attributes given, ${missing.join(", ")} is missing`);
  }
  // A refused password leaves the session open for another try.
  pool.challenges.delete(session);
  Object.assign(user.attributes, attributes);
  setPassword(pool, user, password);
  return signedIn(pool, client, user);
}

function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (!value) throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}
