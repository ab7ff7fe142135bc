import { KeyObject, createPublicKey } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { JwtPayload, decode, verify } from "jsonwebtoken";
import type { JwtAuthorizerDefinition } from "./definitions";
import { HttpAnswer, message } from "./httpAnswer";
import type { KeySource } from "./services";

/** What the event shows of a token, or the refusal. */
export type JwtDecision =
  { claims: Record<string, string>; scopes: string[] | null } | { refusal: HttpAnswer };

/** Verifies tokens as the JWT authorizers of HTTP APIs do. */
export class JwtVerifier {
  /** By issuer and key id. */
  readonly #keys = new Map<string, KeyObject>();

  constructor(private readonly source: KeySource) {}

  /** Checks the signature (RS256), issuer, audience or client, times, and the route's scopes. */
  async authorize(
    authorizer: JwtAuthorizerDefinition,
    routeScopes: readonly string[],
    req: IncomingMessage,
  ): Promise<JwtDecision> {
    const token = tokenOf(authorizer, req);
    if (!token) return { refusal: unauthorized("Bearer", "no token") };
    let claims: JwtPayload;
    try {
      claims = await this.#verify(authorizer, token);
    } catch (error) {
      const cause = (error as Error).message;
      const challenge = `Bearer scope="" error="invalid_token" error_description="${cause.replace(/[^\w .:,-]/g, "")}"`;
      return { refusal: unauthorized(challenge, cause) };
    }
    const scopes = String(claims.scope ?? claims.scp ?? "")
      .split(" ")
      .filter(Boolean);
    if (routeScopes.length > 0 && !routeScopes.some((scope) => scopes.includes(scope))) {
      const refusal = message(403, "Forbidden");
      const needed = routeScopes.join(" ");
      refusal.headers!["www-authenticate"] = `Bearer scope="${needed}" error="insufficient_scope"`;
      return { refusal: { ...refusal, authorizerError: "insufficient_scope" } };
    }
    const shown = Object.entries(claims).map(([name, value]) => [name, claimText(value)]);
    return {
      claims: Object.fromEntries(shown) as Record<string, string>,
      scopes: routeScopes.length > 0 ? scopes : null,
    };
  }

  async #verify(authorizer: JwtAuthorizerDefinition, token: string): Promise<JwtPayload> {
    const { issuer, audiences } = authorizer;
    const kid = decode(token, { complete: true })?.header.kid;
    if (!kid) throw new Error("the token is malformed or names no key");
    const key = await this.#key(issuer, kid);
    const claims = verify(token, key, { algorithms: ["RS256"], issuer });
    if (typeof claims === "string") throw new Error("the token holds no claims");
    // The client id counts only where there is no audience, as in Cognito's access tokens.
    const audience: unknown[] = [claims.aud ?? claims.client_id].flat();
    if (!audience.some((value) => audiences.includes(value as string))) {
      throw new Error("the token has a different audience");
    }
    if (claims.exp === undefined) throw new Error("the token has no expiry");
    if (claims.iat !== undefined && claims.iat > Date.now() / 1000 + 1) {
      throw new Error("the token was issued in the future");
    }
    return claims;
  }

  async #key(issuer: string, kid: string): Promise<KeyObject> {
    const name = `${issuer} ${kid}`;
    const known = this.#keys.get(name);
    if (known) return known;
    const { keys } = await this.source(issuer);
    const jwk = keys.find((candidate) => (candidate as { kid?: string }).kid === kid);
    if (!jwk) throw new Error(`the issuer has no key "${kid}"`);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    this.#keys.set(name, key);
    return key;
  }
}

function tokenOf(authorizer: JwtAuthorizerDefinition, req: IncomingMessage): string | undefined {
  const { from, name } = authorizer.identitySource;
  const value =
    from === "header"
      ? String(req.headers[name.toLowerCase()] ?? "")
      : new URLSearchParams((req.url ?? "").split("?")[1]).get(name);
  return value?.replace(/^Bearer +/i, "").trim() || undefined;
}

function unauthorized(challenge: string, cause: string): HttpAnswer {
  const refusal = message(401, "Unauthorized");
  refusal.headers!["www-authenticate"] = challenge;
  return { ...refusal, authorizerError: cause };
}

/** All claims are strings in events: lists in brackets without quotes, such as `[admins users]`. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(" ")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
