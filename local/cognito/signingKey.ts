import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** The public half as the pool's JWKS publishes it. */
  jwk: JsonWebKey & { kid: string };
}

/** The pool's own RSA key, made on first use and kept for its owner's eyes only. */
export async function openSigningKey(path: string): Promise<SigningKey> {
  const privateKey = (await readKey(path)) ?? (await makeKey(path));
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: "spki", format: "der" });
  const kid = createHash("sha256").update(der).digest("base64url");
  const { kty, n, e } = publicKey.export({ format: "jwk" });
  return { kid, privateKey, publicKey, jwk: { kid, alg: "RS256", use: "sig", kty, n, e } };
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  try {
    return createPrivateKey(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`The user pool's key ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function makeKey(path: string): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
    flag: "wx",
  });
  return privateKey;
}
