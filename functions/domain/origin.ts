import { createHash, timingSafeEqual } from "node:crypto";

/** The header in which the distribution proves that a request came through it. */
export const ORIGIN_SECRET_HEADER = "x-origin-verify";

/**
 * Whether a request carries one of the origin secrets. Two digests are valid while a secret is being
 * replaced; with no digest at all nothing is checked.
 * @param digests hex SHA-256 of each secret
 */
export function hasOriginSecret(values: string[], digests: string[]): boolean {
  if (digests.length === 0) return true;
  const [secret] = values;
  if (secret === undefined || values.length > 1) return false;
  const given = createHash("sha256").update(secret).digest();
  return digests.some((digest) => {
    const expected = Buffer.from(digest, "hex");
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}

/**
 * Whether a page of this origin may connect. Only browsers send `Origin`, so a request without it passes;
 * so does any origin when the list is empty.
 */
export function isAllowedOrigin(values: string[], allowed: string[]): boolean {
  if (allowed.length === 0) return true;
  return values.every((origin) => allowed.includes(origin));
}
