import type { Emulator } from "./emulator";

export interface AwsCall {
  /** As in the scope of a signature. */
  service: string;
  region?: string;
  path?: string;
  /** For services with JSON calls: `X-Amz-Target`. */
  target?: string;
  /** For those, the call's input. */
  body?: object;
  /** For services with query calls: action, version and input. */
  form?: Record<string, string>;
}

/** Calls the emulator's AWS as root, without a client library of the service. */
export async function callAws(emulator: Emulator, call: AwsCall): Promise<string> {
  const { service, region = emulator.region, path = "/", target, body, form } = call;
  // The emulator knows root by its key and does not check root's signature.
  const credential = `${emulator.environment.AWS_ACCESS_KEY_ID}/20300101/${region}/${service}/aws4_request`;
  const response = await fetch(`${emulator.url}${path}`, {
    method: target === undefined && form === undefined ? "GET" : "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      ...(target && { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" }),
    },
    body: form ? new URLSearchParams(form) : target && JSON.stringify(body ?? {}),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${service} ${target ?? path} answered ${response.status}: ${text}`);
  }
  return text;
}
