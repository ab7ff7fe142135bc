import { createHash, randomBytes, randomUUID } from "node:crypto";
import { CognitoError, notAuthorized, userNotFound } from "./errors";
import type { Pool } from "./pool";
import type { Client } from "./poolSettings";
import type { Session, User } from "./store";
import {
  epochSeconds,
  issueTokens,
  verifyAccessToken,
  type AccessClaims,
  type AuthenticationResult,
} from "./tokens";

/** Begins a session: tokens for a user who has just signed in. The caller saves. */
export function startSession(pool: Pool, client: Client, user: User): AuthenticationResult {
  const now = epochSeconds(pool);
  const { token, session } = addSession(pool, client, {
    username: user.username,
    originJti: randomUUID(),
    authTime: now,
    expires: now + client.refreshTokenSeconds,
  });
  return { ...issueTokens(pool, client, user, session), RefreshToken: token };
}

/** New tokens for a refresh token; `rotate` replaces it where the client asks for that. The caller saves. */
export function refreshSession(
  pool: Pool,
  client: Client,
  refreshToken: string,
  rotate: boolean,
): AuthenticationResult {
  const session = pool.store.sessions.get(hashOf(refreshToken));
  if (!session || session.clientId !== client.id) throw notAuthorized("Invalid Refresh Token.");
  if (session.revoked) throw notAuthorized("Refresh Token has been revoked");
  const now = epochSeconds(pool);
  if (session.expires <= now) throw notAuthorized("Refresh Token has expired");
  if (session.replaced !== undefined && session.replaced <= now) {
    throw new CognitoError("RefreshTokenReuseException", "Refresh token has been invalidated.");
  }
  const user = pool.store.users.get(session.username);
  if (!user) throw userNotFound();
  if (!user.enabled) throw notAuthorized("User is disabled.");
  const tokens = issueTokens(pool, client, user, session);
  if (!rotate || client.rotationGraceSeconds === undefined) return tokens;
  session.replaced ??= now + client.rotationGraceSeconds;
  const { username, originJti, authTime, expires } = session;
  const { token } = addSession(pool, client, { username, originJti, authTime, expires });
  return { ...tokens, RefreshToken: token };
}

/** Ends the session of a refresh token, with every token that came from it. An unknown token is no error (RFC 7009). */
export function revokeSession(pool: Pool, client: Client, refreshToken: string): void {
  if (!client.revocation) {
    throw new CognitoError(
      "UnsupportedOperationException",
      "Token revocation is not enabled for this client.",
    );
  }
  if (refreshToken.split(".").length === 3) {
    throw new CognitoError("UnsupportedTokenTypeException", "Unsupported token type");
  }
  const session = pool.store.sessions.get(hashOf(refreshToken));
  if (!session) return;
  if (session.clientId !== client.id) {
    throw new CognitoError("UnauthorizedException", "The token belongs to another client.");
  }
  for (const relative of pool.store.sessionsOf(session.username)) {
    if (relative.originJti === session.originJti) relative.revoked = true;
  }
}

/** Ends all sessions of a user. */
export function revokeAllSessions(pool: Pool, user: User): void {
  for (const session of pool.store.sessionsOf(user.username)) session.revoked = true;
}

/** The user of a valid access token. */
export function userOfAccessToken(pool: Pool, token: string): { user: User; claims: AccessClaims } {
  const claims = verifyAccessToken(pool, token);
  const user = pool.store.users.get(claims.username);
  if (!user || user.attributes.sub !== claims.sub) throw userNotFound();
  if (!user.enabled) throw notAuthorized("User is disabled.");
  // Clients without token revocation get no `origin_jti`: the time of sign-in tells the session then.
  const family = pool.store
    .sessionsOf(user.username)
    .filter(({ originJti, authTime }) =>
      claims.origin_jti ? originJti === claims.origin_jti : authTime === claims.auth_time,
    );
  if (family.every((session) => session.revoked)) {
    throw notAuthorized("Access Token has been revoked");
  }
  return { user, claims };
}

function addSession(
  pool: Pool,
  client: Client,
  parts: Pick<Session, "username" | "originJti" | "authTime" | "expires">,
): { token: string; session: Session } {
  const token = randomBytes(64).toString("base64url");
  const session: Session = {
    ...parts,
    tokenHash: hashOf(token),
    clientId: client.id,
    revoked: false,
  };
  pool.store.sessions.set(session.tokenHash, session);
  return { token, session };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
