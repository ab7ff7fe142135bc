import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { CognitoError } from "./errors";

/** The largest request accepted, in bytes; the API's own members add up to less. */
const MAX_BODY_BYTES = 256 * 1024;
const CORS_MAX_AGE_SECONDS = 7200;

/** What browsers' clients send: Amplify, amazon-cognito-identity-js and the SDK. */
const CORS_HEADERS = [
  "amz-sdk-invocation-id",
  "amz-sdk-request",
  "authorization",
  "cache-control",
  "content-type",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-target",
  "x-amz-user-agent",
];

/** Any origin may ask, as on AWS: nothing here depends on cookies. */
export function allowOrigins(res: ServerResponse): void {
  res.setHeader("access-control-allow-origin", "*");
  res.setHeader("access-control-expose-headers", "x-amzn-requestid,x-amzn-errortype,date");
  res.setHeader("x-amzn-requestid", randomUUID());
}

export function answerPreflight(res: ServerResponse): void {
  res.writeHead(200, {
    "access-control-allow-methods": "GET,POST,OPTIONS",
    "access-control-allow-headers": CORS_HEADERS.join(","),
    "access-control-max-age": String(CORS_MAX_AGE_SECONDS),
    "content-length": 0,
  });
  res.end();
}

/** The parsed body of a call; throws where it is too large or not a JSON object. */
export async function readCall(req: IncomingMessage): Promise<object> {
  const text = await readBody(req);
  let body: unknown;
  try {
    body = JSON.parse(text || "{}");
  } catch {
    throw new CognitoError("SerializationException", "The request body is not valid JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new CognitoError("SerializationException", "The request body is not a JSON object.");
  }
  return body;
}

export function answer(res: ServerResponse, body: object): void {
  send(res, 200, "application/x-amz-json-1.1", body);
}

export function answerDocument(res: ServerResponse, body: object): void {
  send(res, 200, "application/json", body);
}

export function answerError(res: ServerResponse, error: CognitoError): void {
  res.setHeader("x-amzn-errortype", error.code);
  send(res, error.status, "application/x-amz-json-1.1", {
    __type: error.code,
    message: error.message,
  });
}

function send(res: ServerResponse, status: number, contentType: string, body: object): void {
  if (res.destroyed || res.headersSent) return;
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { "content-type": contentType, "content-length": bytes.length });
  res.end(bytes);
}

function readBody(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and dropped, so that the client gets to see the answer.
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    req.on("end", () => {
      if (size <= MAX_BODY_BYTES) return resolve(Buffer.concat(chunks).toString("utf8"));
      const message = `The request body is larger than ${MAX_BODY_BYTES} bytes.`;
      reject(new CognitoError("RequestEntityTooLargeException", message, 413));
    });
    req.on("error", reject);
    req.on("close", () => reject(new Error("The client went away.")));
  });
}
