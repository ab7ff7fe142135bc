import { randomBytes } from "node:crypto";
import { invalidParameter, notAuthorized, userNotFound, wrongPassword } from "../errors";
import { findUser } from "../lookup";
import type { Pool } from "../pool";
import type { Client } from "../poolSettings";
import { beginExchange, expectedSignature, serverPublicHex, signatureMatches } from "../srp";
import type { User } from "../store";
import { pretendedUsername, srpIdentity, verifierOf } from "../users";

/** Java's "EEE MMM d HH:mm:ss z yyyy" in English, such as "Sat Nov 1 09:05:00 UTC 2025". */
const TIMESTAMP =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} \d{2}:\d{2}:\d{2} (UTC|GMT) \d{4}$/;

/** Who signs in; undefined for nobody where the client must not learn that. */
export function userSigningIn(pool: Pool, client: Client, name: string): User | undefined {
  const user = findUser(pool, name);
  if (!user && !client.hidesUserExistence) throw userNotFound();
  return user;
}

/** The first step of SRP: the server's number, the salt, and a block that names this exchange. */
export function startSrp(
  pool: Pool,
  client: Client,
  { USERNAME: name, SRP_A: clientPublic }: Record<string, string>,
): object {
  if (!name) throw invalidParameter("Missing required parameter USERNAME");
  if (!clientPublic) throw invalidParameter("Missing required parameter SRP_A");
  const user = userSigningIn(pool, client, name);
  const username = user?.username ?? pretendedUsername(pool, name);
  const stored = verifierOf(pool, name, user);
  const exchange = beginExchange(clientPublic, stored);
  if (!exchange) throw invalidParameter("SRP_A is not a valid public value.");
  const secretBlock = randomBytes(256).toString("base64");
  pool.challenges.set(
    secretBlock,
    { kind: "PASSWORD_VERIFIER", clientId: client.id, username, exchange },
    client.challengeSeconds * 1000,
  );
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: {
      SALT: stored.salt,
      SECRET_BLOCK: secretBlock,
      SRP_B: serverPublicHex(exchange),
      USERNAME: username,
      USER_ID_FOR_SRP: username,
    },
  };
}

/** The second step: the user whose password the client has proved to know. */
export function answerSrp(pool: Pool, client: Client, responses: Record<string, string>): User {
  const names = [
    "USERNAME",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "PASSWORD_CLAIM_SIGNATURE",
    "TIMESTAMP",
  ];
  for (const name of names) {
    if (!responses[name]) throw invalidParameter(`Missing required parameter ${name}`);
  }
  const [, secretBlock, signature, timestamp] = names.map((name) => responses[name]!) as [
    string,
    string,
    string,
    string,
  ];
  if (!TIMESTAMP.test(timestamp)) {
    throw invalidParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  }
  const challenge = pool.challenges.take(secretBlock);
  if (challenge?.kind !== "PASSWORD_VERIFIER" || challenge.clientId !== client.id) {
    throw notAuthorized("Invalid session for the user, session is expired.");
  }
  const { username, exchange } = challenge;
  pool.attempts.checkLock(username);
  const identity = srpIdentity(pool, username);
  const expected = expectedSignature(exchange, identity, secretBlock, timestamp);
  const user = pool.store.users.get(username);
  if (!signatureMatches(signature, expected) || !user) {
    pool.attempts.passwordFailed(username);
    throw wrongPassword();
  }
  pool.attempts.passwordAccepted(username);
  return user;
}
