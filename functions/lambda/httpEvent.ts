import type { Problem } from "../../protocol/http";
import type { FieldError } from "../../protocol/parse";

/** What the handler reads of an HTTP API's event (payload 2.0). */
export interface HttpEvent {
  rawPath: string;
  headers?: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
  body?: string;
  isBase64Encoded?: boolean;
  requestContext: {
    requestId: string;
    http: { method: string };
    authorizer?: { jwt?: { claims?: Record<string, unknown> } };
  };
}

/** What the handler answers. */
export interface HttpResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** The title of each status that this API answers with. */
const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A request that ends in a problem document. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  constructor(
    readonly status: number,
    detail: string,
    readonly more: { code?: string; errors?: FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
  }
}

/** The problem document of an error. */
export function problem({ status, message, more }: HttpProblem): HttpResult {
  const document: Problem = {
    type: more.code === undefined ? "about:blank" : `urn:switchboard:problem:${more.code}`,
    title: TITLES[status] ?? "Error",
    status,
    detail: message,
    errors: more.errors?.map(({ field, message: detail }) => ({ field, detail })),
  };
  return answer(status, document, { ...more.headers, "content-type": "application/problem+json" });
}

/** An answer in JSON; without content if `document` is left out. */
export function answer(
  statusCode: number,
  document?: unknown,
  headers: Record<string, string> = {},
): HttpResult {
  if (document === undefined) {
    return { statusCode, headers: { "cache-control": "no-store", ...headers }, body: "" };
  }
  return {
    statusCode,
    headers: { "cache-control": "no-store", "content-type": "application/json", ...headers },
    body: JSON.stringify(document),
  };
}

/** The text of the body. */
export function bodyText(event: HttpEvent): string {
  const body = event.body ?? "";
  return event.isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}
