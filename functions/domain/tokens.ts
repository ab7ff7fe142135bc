import { decode, verify, type JwtPayload } from "jsonwebtoken";
import { Refusal } from "./credentials";
import type { Log } from "./log";
import type { SigningKeys } from "./signingKeys";

export type TokenUse = "id" | "access";

/** Whose tokens are accepted. */
export interface TokenRules {
  issuer: string;
  clientIds: string[];
  tokenUse: TokenUse[];
}

/** What a valid token says. */
export interface Identity {
  username: string;
  groups: string[];
  /** Epoch seconds. */
  expires: number;
}

/**
 * Verifies an ID or access token of the pool: RS256 signature, issuer, client, use and expiry.
 * @throws Refusal if the token is not acceptable; other errors are faults, such as keys out of reach.
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  keys: SigningKeys,
  log: Log,
): Promise<Identity> {
  const header = decode(token, { complete: true })?.header;
  if (!header) throw new Refusal("the token is not a JWT");
  if (header.alg !== "RS256") throw new Refusal("the token is not signed with RS256");
  if (!header.kid) throw new Refusal("the token names no key");
  const key = await signingKey(keys, header.kid, log);
  return identityOf(verifiedClaims(token, key, rules.issuer), rules);
}

async function signingKey(keys: SigningKeys, keyId: string, log: Log): Promise<string> {
  try {
    return await keys.publicKey(keyId, log);
  } catch (error) {
    const name = (error as Error).name;
    if (name === "SigningKeyNotFoundError") throw new Refusal("the token names an unknown key");
    if (name === "JwksRateLimitError") {
      throw new Refusal("the token names an unknown key, and too many did in this minute");
    }
    throw error;
  }
}

function verifiedClaims(token: string, key: string, issuer: string): JwtPayload {
  let claims: JwtPayload | string;
  try {
    claims = verify(token, key, { algorithms: ["RS256"], issuer });
  } catch (error) {
    throw new Refusal(`the token is not valid: ${(error as Error).message}`);
  }
  if (typeof claims === "string") throw new Refusal("the token has no claims");
  return claims;
}

function identityOf(claims: JwtPayload, rules: TokenRules): Identity {
  const use: unknown = claims.token_use;
  if (use !== "id" && use !== "access") throw new Refusal("the token has no known token_use");
  if (!rules.tokenUse.includes(use)) throw new Refusal(`${use} tokens are not accepted`);
  // Cognito names the client in `aud` of an ID token and in `client_id` of an access token.
  const client: unknown = use === "id" ? claims.aud : claims.client_id;
  if (typeof client !== "string" || !rules.clientIds.includes(client)) {
    throw new Refusal("the token is for another client");
  }
  const username: unknown = use === "id" ? claims["cognito:username"] : claims.username;
  if (typeof username !== "string" || username === "") {
    throw new Refusal("the token names no user");
  }
  if (typeof claims.exp !== "number") throw new Refusal("the token does not expire");
  const groups: unknown = claims["cognito:groups"] ?? [];
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === "string")) {
    throw new Refusal("the token's groups are not a list of names");
  }
  return { username, groups, expires: claims.exp };
}
