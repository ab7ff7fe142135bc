import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { CorsDefinition } from "./definitions";

/** With a CORS configuration, API Gateway answers every preflight itself, whatever routes there are. */
export function isPreflight(req: IncomingMessage): boolean {
  const { origin, "access-control-request-method": method } = req.headers;
  return req.method === "OPTIONS" && origin !== undefined && method !== undefined;
}

/** Headers of the answer to a preflight; none of CORS for an origin or method that is not allowed. */
export function preflightHeaders(cors: CorsDefinition, req: IncomingMessage): OutgoingHttpHeaders {
  const method = req.headers["access-control-request-method"]!;
  const allowed = cors.allowMethods.includes("*") || cors.allowMethods.includes(method);
  if (!allowed || !allowedOrigin(cors, req)) return {};
  return {
    "access-control-allow-methods": cors.allowMethods.join(","),
    ...(cors.allowHeaders.length > 0 && {
      "access-control-allow-headers": cors.allowHeaders.join(","),
    }),
    ...(cors.maxAge !== undefined && { "access-control-max-age": String(cors.maxAge) }),
  };
}

/** An answer's headers with those of CORS, which replace what the function set. */
export function withCors(
  cors: CorsDefinition,
  req: IncomingMessage,
  headers: OutgoingHttpHeaders,
): OutgoingHttpHeaders {
  const others = Object.entries(headers).filter(([name]) => !replaced.has(name));
  const answer: OutgoingHttpHeaders = Object.fromEntries(others);
  const origin = allowedOrigin(cors, req);
  if (origin === undefined) return answer;
  answer["access-control-allow-origin"] = origin;
  if (cors.allowCredentials) answer["access-control-allow-credentials"] = "true";
  if (cors.exposeHeaders.length > 0) {
    answer["access-control-expose-headers"] = cors.exposeHeaders.join(",");
  }
  return answer;
}

const replaced = new Set([
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
]);

function allowedOrigin(cors: CorsDefinition, req: IncomingMessage): string | undefined {
  const origin = req.headers.origin;
  if (origin === undefined) return undefined;
  if (cors.allowOrigins.includes("*")) return "*";
  const matches = cors.allowOrigins.some((allowed) =>
    allowed.endsWith("://*")
      ? origin.startsWith(allowed.slice(0, -1))
      : allowed.toLowerCase() === origin.toLowerCase(),
  );
  return matches ? origin : undefined;
}
