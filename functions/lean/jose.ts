import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";

/**
 * In place of `jose`, of which jwks-rsa uses this one function in Node: a JWK becomes a KeyObject, which
 * jwks-rsa exports by itself.
 */
export async function importJWK(key: JsonWebKey): Promise<KeyObject> {
  return createPublicKey({ key, format: "jwk" });
}
