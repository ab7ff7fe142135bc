/** The signed-in user, from the claims of a token that API Gateway's JWT authorizer has verified. */
export interface User {
  username: string;
  groups: string[];
  tokenUse: string;
  /** Epoch seconds. */
  expires: number;
}

/** Reads the claims; undefined if they name no user, as when a route has no authorizer. */
export function userOfClaims(claims: Record<string, unknown> | undefined): User | undefined {
  const username = claims?.["cognito:username"] ?? claims?.username;
  if (!claims || typeof username !== "string" || username === "") return undefined;
  return {
    username,
    groups: groupsOf(claims["cognito:groups"]),
    tokenUse: String(claims.token_use),
    expires: Number(claims.exp),
  };
}

/** API Gateway hands a list on as the text `[a b]`; names of groups hold no spaces. */
function groupsOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  if (typeof claim !== "string") return [];
  const list = /^\[(.*)\]$/.exec(claim)?.[1] ?? claim;
  return list.split(" ").filter((group) => group !== "");
}
