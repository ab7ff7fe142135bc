import {
  createHash,
  createHmac,
  getDiffieHellman,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/*
 * SRP-6a as Cognito speaks it: SHA-256, the 3072-bit group of RFC 3526 with g = 2, numbers hashed as the two's
 * complement bytes of Java's BigInteger, and a session key derived by HKDF with a fixed info.
 */

const N = BigInt(`0x${getDiffieHellman("modp15").getPrime("hex")}`);
const g = 2n;
/** Bits of the server's secret exponent; RFC 5054 asks for 256 at least. */
const SECRET_BITS = 256;
const SALT_BYTES = 16;
/** Hexadecimal digits of a number below N, and a little more for a sign byte. */
const MAX_NUMBER_DIGITS = 3072 / 4 + 2;
const k = toNumber(sha256(Buffer.concat([toBytes(N), toBytes(g)])));

/** What is stored of a password. Neither part lets anybody sign in. */
export interface PasswordVerifier {
  salt: string;
  verifier: string;
}

/** The server's half of one SRP exchange. */
export interface SrpExchange {
  clientPublic: bigint;
  serverSecret: bigint;
  serverPublic: bigint;
  verifier: bigint;
}

/** `identity` is the part of the pool's id after the underscore, and the user's internal name. */
export function createVerifier(
  identity: string,
  password: string,
  salt = randomBytes(SALT_BYTES).toString("hex"),
): PasswordVerifier {
  const passwordHash = sha256(Buffer.from(`${identity}:${password}`, "utf8"));
  const x = toNumber(sha256(Buffer.concat([toBytes(BigInt(`0x${salt}`)), passwordHash])));
  return { salt, verifier: toHex(power(g, x)) };
}

/** Checks a password that arrived in clear. */
export function passwordMatches(
  identity: string,
  password: string,
  stored: PasswordVerifier,
): boolean {
  const given = createVerifier(identity, password, stored.salt);
  return timingSafeEqual(fixedLength(given.verifier), fixedLength(stored.verifier));
}

/** Stands in for a user who does not exist: the same for the same name, as a real one's would be (RFC 5054, 2.5.1.3). */
export function fakeVerifier(secret: string, username: string): PasswordVerifier {
  const derive = (purpose: string) =>
    createHmac("sha256", secret).update(`${purpose}:${username}`).digest();
  return {
    salt: derive("salt").subarray(0, SALT_BYTES).toString("hex"),
    verifier: toHex(power(g, toNumber(derive("verifier")))),
  };
}

/** Begins an exchange; undefined when the client's number is not one that the protocol allows. */
export function beginExchange(
  clientPublicHex: string,
  stored: PasswordVerifier,
): SrpExchange | undefined {
  if (!/^[0-9a-f]+$/i.test(clientPublicHex) || clientPublicHex.length > MAX_NUMBER_DIGITS) {
    return undefined;
  }
  const clientPublic = BigInt(`0x${clientPublicHex}`);
  if (clientPublic % N === 0n) return undefined;
  const verifier = BigInt(`0x${stored.verifier}`);
  const serverSecret = toNumber(randomBytes(SECRET_BITS / 8));
  const serverPublic = (k * verifier + power(g, serverSecret)) % N;
  return { clientPublic, serverSecret, serverPublic, verifier };
}

export const serverPublicHex = (exchange: SrpExchange) => toHex(exchange.serverPublic);

/** The signature that proves knowledge of the password in this exchange, in Base64. */
export function expectedSignature(
  exchange: SrpExchange,
  identity: string,
  secretBlock: string,
  timestamp: string,
): Buffer {
  const scrambling = sha256(
    Buffer.concat([toBytes(exchange.clientPublic), toBytes(exchange.serverPublic)]),
  );
  const u = toNumber(scrambling);
  const shared = power(exchange.clientPublic * power(exchange.verifier, u), exchange.serverSecret);
  const key = Buffer.from(
    hkdfSync("sha256", toBytes(shared), toBytes(u), "Caldera Derived Key", 16),
  );
  return createHmac("sha256", key)
    .update(identity)
    .update(Buffer.from(secretBlock, "base64"))
    .update(timestamp)
    .digest();
}

export function signatureMatches(given: string, expected: Buffer): boolean {
  const bytes = Buffer.from(given, "base64");
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function toHex(value: bigint): string {
  return value.toString(16);
}

/** Whole bytes, with a leading zero byte where the first bit would read as a sign. */
function toBytes(value: bigint): Buffer {
  const hex = toHex(value);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return Buffer.from(/^[89a-f]/i.test(even) ? `00${even}` : even, "hex");
}

function fixedLength(hex: string): Buffer {
  return Buffer.from(hex.padStart(MAX_NUMBER_DIGITS, "0"), "hex");
}
