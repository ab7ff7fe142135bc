import { createHash, timingSafeEqual } from "node:crypto";

/** The header in which the distribution proves that a request came through it. */
export const ORIGIN_SECRET_HEADER = "x-origin-verify";

/** The header in which the distribution tells which host the viewer asked for: `Host` is the API's own. */
export const VIEWER_HOST_HEADER = "x-viewer-host";

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
 * Whether a page of this origin may connect: a page of the host that the viewer asked for, or of an origin on the
 * list. Only browsers send `Origin`, so a request without it passes.
 * @param origins the `Origin` headers
 * @param viewerHosts the {@link VIEWER_HOST_HEADER}s, which are worth as much as the origin secret beside them
 * @param allowed origins of pages that are served elsewhere
 */
export function isAllowedOrigin(
  origins: string[],
  viewerHosts: string[],
  allowed: string[],
): boolean {
  return origins.every(
    (origin) => allowed.includes(origin) || viewerHosts.some((host) => isOf(origin, host)),
  );
}

function isOf(origin: string, host: string): boolean {
  return host !== "" && URL.canParse(origin) && new URL(origin).host === host;
}
