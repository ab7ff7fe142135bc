import type { OutgoingHttpHeaders } from "node:http";

/** What an HTTP API answers. */
export interface HttpAnswer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: Buffer;
  /** `$context.error.message`: what API Gateway itself says. */
  error?: string;
  /** `$context.integrationErrorMessage`. */
  cause?: string;
  /** `$context.authorizer.error`. */
  authorizerError?: string;
}

/** An answer of API Gateway itself. */
export function message(status: number, text: string, cause?: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ message: text }));
  return { status, headers: { "content-type": "application/json" }, body, error: text, cause };
}

// API Gateway sets these itself.
const dropped = new Set(["connection", "content-length", "transfer-encoding", "keep-alive"]);

/**
 * The answer in a function's result of payload format 2.0: one with a status code says it all, anything else is the body
 * of a 200. Undefined when it is malformed.
 */
export function readAnswer(payload: unknown): HttpAnswer | undefined {
  if (typeof payload !== "object" || payload === null || !("statusCode" in payload)) {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: Buffer.from(text),
    };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Record<
    string,
    unknown
  >;
  const status = Number(statusCode ?? NaN);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  const answer: OutgoingHttpHeaders = { "content-type": "text/plain;charset=UTF-8" };
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(String(value))) {
      return undefined;
    }
    if (!dropped.has(lower)) answer[lower] = String(value);
  }
  if (Array.isArray(cookies) && cookies.length > 0) {
    if (cookies.some((cookie) => /[^\t\x20-\x7e]/.test(String(cookie)))) return undefined;
    answer["set-cookie"] = cookies.map(String);
  }
  const bytes = Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8");
  return { status, headers: answer, body: bytes };
}
