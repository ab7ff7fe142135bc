import { BEARER_SUBPROTOCOL_PREFIX } from "../../protocol/limits";

/** A handshake that is refused, with a reason for the log. Not a fault of the service. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Where a handshake may carry its token. */
export interface CredentialSources {
  /** Values of the `Authorization` header. */
  authorization: string[];
  /** Values of the `Sec-WebSocket-Protocol` header. */
  subprotocols: string[];
  /** Values of the query parameter `token`. */
  token: string[];
}

/** The entries of a `Sec-WebSocket-Protocol` header that may be sent in several lines. */
export function subprotocolEntries(values: string[]): string[] {
  return values.flatMap((value) => value.split(",")).map((entry) => entry.trim());
}

/**
 * The token of a handshake. The first source that is present decides: `Authorization: Bearer`, a
 * subprotocol entry `bearer.<jwt>`, the query parameter `token`.
 * @throws Refusal if there is none, or if the deciding source is empty or given twice.
 */
export function extractToken(sources: CredentialSources): string {
  if (sources.authorization.length > 0) {
    const header = single(sources.authorization, "the Authorization header");
    const match = /^Bearer +([^\s,]+)$/i.exec(header.trim());
    if (!match?.[1]) throw new Refusal('the Authorization header is not "Bearer <token>"');
    return match[1];
  }
  const entries = subprotocolEntries(sources.subprotocols).filter((entry) =>
    entry.startsWith(BEARER_SUBPROTOCOL_PREFIX),
  );
  if (entries.length > 0) {
    const entry = single(entries, "the bearer subprotocol");
    return filled(entry.slice(BEARER_SUBPROTOCOL_PREFIX.length), "the bearer subprotocol");
  }
  if (sources.token.length > 0) {
    return filled(single(sources.token, "the query parameter token"), "the query parameter token");
  }
  throw new Refusal("there is no credential");
}

function single(values: string[], what: string): string {
  const [value] = values;
  if (value === undefined || values.length > 1) throw new Refusal(`${what} is given twice`);
  return value;
}

function filled(value: string, what: string): string {
  if (value === "") throw new Refusal(`${what} is empty`);
  return value;
}
