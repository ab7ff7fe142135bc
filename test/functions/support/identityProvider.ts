import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { sign, type Algorithm, type Secret } from "jsonwebtoken";
import type { AddressInfo } from "node:net";

export const ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Test";
export const CLIENT = "client-1";

/** An issuer of real tokens with its key set on loopback. */
export interface IdentityProvider {
  jwksUri: string;
  publicPem: string;
  /** How often the key set was fetched. */
  fetches(): number;
  /** Makes the key set answer with that status; 200 is the key set. */
  answerWith(status: number): void;
  /** Adds a key under that id, as a rotation does. */
  rotate(keyId: string): KeyObject;
  idToken(claims?: object, options?: SignOptions): string;
  accessToken(claims?: object, options?: SignOptions): string;
  close(): Promise<void>;
}

export interface SignOptions {
  keyId?: string;
  key?: Secret;
  algorithm?: Algorithm;
}

/** Made once: a key takes longer than most tests. */
let firstKey: ReturnType<typeof newKey> | undefined;

function newKey(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = (firstKey ??= newKey());
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "key-1", use: "sig", alg: "RS256" }];
  let fetches = 0;
  let status = 200;
  const server = createServer((_req, res) => {
    fetches++;
    res.writeHead(status).end(JSON.stringify({ keys }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const token = (claims: object, options: SignOptions = {}) =>
    sign(
      present({ iss: ISSUER, exp: Math.floor(Date.now() / 1000) + 3600, ...claims }),
      options.key ?? privateKey,
      { algorithm: options.algorithm ?? "RS256", keyid: options.keyId ?? "key-1" },
    );

  return {
    jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publicPem: publicKey.export({ format: "pem", type: "spki" }).toString(),
    fetches: () => fetches,
    answerWith: (next) => void (status = next),
    rotate(keyId) {
      const next = newKey();
      const jwk = next.publicKey.export({ format: "jwk" });
      keys.push({ ...jwk, kid: keyId, use: "sig", alg: "RS256" });
      return next.privateKey;
    },
    idToken: (claims, options) =>
      token({ token_use: "id", aud: CLIENT, "cognito:username": "alice", ...claims }, options),
    accessToken: (claims, options) =>
      token({ token_use: "access", client_id: CLIENT, username: "alice", ...claims }, options),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The claims without those that are undefined: a test's way to leave one out. */
function present(claims: object): object {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
