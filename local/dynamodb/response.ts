import { crc32 } from "node:zlib";
import type { Response } from "./store";

/** A response with the headers that SDKs look at. */
export function respond(status: number, body: object): Response {
  const text = JSON.stringify(body);
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-crc32": crc32(text) },
    body: text,
  };
}

/** An error by its AWS name. */
export function failure(name: string, message: string, status = 400): Response {
  return respond(status, { __type: `com.amazon.coral.service#${name}`, message });
}
