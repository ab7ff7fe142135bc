import { randomUUID } from "node:crypto";
import jwt from "jsonwebtoken";
import { visibleAttributes } from "./attributes";
import { notAuthorized } from "./errors";
import type { Pool } from "./pool";
import type { Client, Group } from "./poolSettings";
import type { Session, User } from "./store";

/** As answers to a sign-in hold them. */
export interface AuthenticationResult {
  AccessToken: string;
  IdToken: string;
  /** Seconds that the access token lives. */
  ExpiresIn: number;
  TokenType: "Bearer";
  RefreshToken?: string;
}

export interface AccessClaims {
  sub: string;
  username: string;
  client_id: string;
  origin_jti?: string;
  auth_time: number;
}

/** The scope by which an access token may call the user pool's own actions. */
const SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin";

/** An access and an ID token of a session. */
export function issueTokens(
  pool: Pool,
  client: Client,
  user: User,
  session: Session,
): AuthenticationResult {
  const now = epochSeconds(pool);
  const groups = groupsOf(pool, user);
  const common = {
    sub: user.attributes.sub,
    ...(groups.length > 0 && { "cognito:groups": groups.map((group) => group.name) }),
    iss: pool.settings.issuer,
    ...(client.revocation && { origin_jti: session.originJti }),
    event_id: randomUUID(),
    auth_time: session.authTime,
    iat: now,
  };
  const sign = (claims: object) =>
    jwt.sign({ ...common, ...claims, jti: randomUUID() }, pool.key.privateKey, {
      algorithm: "RS256",
      keyid: pool.key.kid,
    });
  return {
    AccessToken: sign({
      client_id: client.id,
      token_use: "access",
      scope: SELF_SERVICE_SCOPE,
      exp: now + client.accessTokenSeconds,
      username: user.username,
    }),
    IdToken: sign({
      ...profileClaims(user, client),
      ...roleClaims(groups),
      "cognito:username": user.username,
      aud: client.id,
      token_use: "id",
      exp: now + client.idTokenSeconds,
    }),
    ExpiresIn: client.accessTokenSeconds,
    TokenType: "Bearer",
  };
}

/** The groups of a user, the one of highest precedence (the lowest number) first. */
function groupsOf(pool: Pool, user: User): Group[] {
  return user.groups
    .flatMap((name) => pool.settings.groups.get(name) ?? [])
    .sort((a, b) => (a.precedence ?? Infinity) - (b.precedence ?? Infinity) || 0);
}

function roleClaims(groups: Group[]): object {
  const roles = groups.flatMap((group) => group.roleArn ?? []);
  if (roles.length === 0) return {};
  return { "cognito:roles": roles, "cognito:preferred_role": roles[0] };
}

function profileClaims(user: User, client: Client): Record<string, string | boolean> {
  const claims = visibleAttributes(user.attributes, client).map(([name, value]) => [
    name,
    /^(email|phone_number)_verified$/.test(name) ? value === "true" : value,
  ]);
  return Object.fromEntries(claims);
}

/** The claims of an access token, if it is this pool's, unexpired, and for the pool's own actions. */
export function verifyAccessToken(pool: Pool, token: string): AccessClaims {
  try {
    const claims = jwt.verify(token, pool.key.publicKey, {
      algorithms: ["RS256"],
      issuer: pool.settings.issuer,
      clockTimestamp: epochSeconds(pool),
    }) as jwt.JwtPayload;
    if (claims.token_use === "access" && claims.scope === SELF_SERVICE_SCOPE) {
      return claims as unknown as AccessClaims;
    }
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError) throw notAuthorized("Access Token has expired");
    // A SyntaxError: the parts of the token are not JSON.
    if (!(error instanceof jwt.JsonWebTokenError || error instanceof SyntaxError)) throw error;
  }
  throw notAuthorized("Invalid Access Token");
}

/** The pool's time in epoch seconds. */
export function epochSeconds(pool: Pool): number {
  return Math.floor(pool.clock() / 1000);
}
