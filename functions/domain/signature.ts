import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./roleCredentials";

/** What of a request is signed. */
export interface Signable {
  method: string;
  /** `Host` as it is sent. */
  host: string;
  /** As it is sent, percent-encoded, without a query. */
  path: string;
  body: string;
}

/** Whose rights the signature claims, and for what. */
export interface Scope {
  credentials: Credentials;
  region: string;
  /** The name that the service signs by, such as `execute-api`. */
  service: string;
}

/**
 * The headers that sign a request by Signature Version 4, for services other than S3, which does without encoding
 * the path once more.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureHeaders(
  { method, host, path, body }: Signable,
  { credentials, region, service }: Scope,
  now = new Date(),
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  // 20150830T123600Z
  const time = `${now.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const date = time.slice(0, 8);
  const headers: Record<string, string> = { host, "x-amz-date": time };
  if (sessionToken) headers["x-amz-security-token"] = sessionToken;

  // In the order of the alphabet, which is the one they are added in.
  const names = Object.keys(headers).join(";");
  const canonical = [
    method,
    path.split("/").map(percentEncode).join("/"),
    "",
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = signingKey(secretAccessKey, date, region, service);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

/** All but letters, digits, `-`, `.`, `_` and `~`. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The last key and what it was made from: it is the same for a day, or until the credentials change. */
let known: { of: string; key: Buffer } | undefined;

function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const of = [secret, date, region, service].join("/");
  if (known?.of !== of) {
    const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
      (previous, part) => createHmac("sha256", previous).update(part).digest(),
      `AWS4${secret}`,
    ) as Buffer;
    known = { of, key };
  }
  return known.key;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
