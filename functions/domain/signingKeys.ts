import { JwksClient } from "jwks-rsa";
import { errorFields, type Log } from "./log";

/** How long a key set is trusted before it is fetched again, so that a withdrawn key does not live on. */
const KEY_SET_MAX_AGE_MS = 60 * 60 * 1000;

/** How long after a failed refresh the old key set still serves before the next attempt. */
const RETRY_AFTER_MS = 60 * 1000;

/** Requests a minute for key ids that the set does not know. They are the caller's to invent. */
const UNKNOWN_KEY_REQUESTS_PER_MINUTE = 10;

/** The public keys of an issuer. */
export interface SigningKeys {
  /** The key of that id as PEM. Rejects when there is none, or when it cannot be fetched. */
  publicKey(keyId: string, log: Log): Promise<string>;
}

/**
 * The keys behind a JWKS address, kept across invocations. The whole set is fetched at first use; only ids that
 * are not in it go through the rate-limited look-up, so a flood of invented ids costs a few requests a minute
 * and never keeps out a token that is signed with a known key.
 */
export function createSigningKeys(jwksUri: string): SigningKeys {
  const client = new JwksClient({
    jwksUri,
    cache: true,
    rateLimit: true,
    jwksRequestsPerMinute: UNKNOWN_KEY_REQUESTS_PER_MINUTE,
    timeout: 3000,
  });
  let known = new Map<string, string>();
  let refreshAt = 0;

  async function refresh(log: Log): Promise<void> {
    try {
      const keys = await client.getSigningKeys();
      known = new Map(keys.map((key) => [key.kid, key.getPublicKey()]));
      refreshAt = Date.now() + KEY_SET_MAX_AGE_MS;
    } catch (error) {
      if (known.size === 0) throw error;
      log.error("the key set could not be refreshed, the last one serves", errorFields(error));
      refreshAt = Date.now() + RETRY_AFTER_MS;
    }
  }

  return {
    async publicKey(keyId, log) {
      if (Date.now() >= refreshAt) await refresh(log);
      return known.get(keyId) ?? (await client.getSigningKey(keyId)).getPublicKey();
    },
  };
}
