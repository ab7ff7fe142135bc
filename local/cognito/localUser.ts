import { resourceNotFound } from "./errors";
import { findUser, markVerified, requireUser } from "./lookup";
import { checkPassword } from "./passwordPolicy";
import type { Pool } from "./pool";
import { startSession } from "./sessions";
import type { AuthenticationResult } from "./tokens";
import { addUser, checkPasswordOf, identify, setPassword } from "./users";

export interface LocalUserRequest {
  username: string;
  password: string;
  email: string;
}

export interface LocalUser {
  /** The pool's internal name, as in `cognito:username`. */
  username: string;
  sub: string;
}

/** Makes a confirmed user with a verified email, or gives the one there is this password. */
export async function ensureUser(pool: Pool, request: LocalUserRequest): Promise<LocalUser> {
  const byEmail = pool.settings.usernameAttributes.includes("email");
  const name = byEmail ? request.email : request.username;
  checkPassword(pool.settings.passwordPolicy, request.password);
  let user = findUser(pool, name);
  if (!user) {
    const identity = identify(pool, name, { email: request.email });
    user = addUser(pool, identity, request.password, "CONFIRMED");
    markVerified(pool, user, "email", true);
  } else if (
    user.status !== "CONFIRMED" ||
    !checkPasswordOf(pool, user.username, user, request.password)
  ) {
    setPassword(pool, user, request.password);
  }
  user.enabled = true;
  await pool.store.save();
  return { username: user.username, sub: user.attributes.sub! };
}

/** Begins a session for a user on the operator's word. */
export async function tokensFor(
  pool: Pool,
  clientId: string,
  username: string,
): Promise<AuthenticationResult> {
  const client = pool.settings.clients.get(clientId);
  if (!client) throw resourceNotFound(`User pool client ${clientId} does not exist.`);
  const tokens = startSession(pool, client, requireUser(pool, username));
  await pool.store.save();
  return tokens;
}
