import type { Context } from "aws-lambda";
import type { ErrorCode } from "../protocol/errors";
import type { Namespace } from "../protocol/namespaces";
import type { Backend } from "./domain/backend";
import { ChannelError } from "./domain/channelError";
import { userOfClaims } from "./domain/claims";
import { createBackend } from "./domain/createBackend";
import { createLog, errorFields, type Log } from "./domain/log";
import type { Retention } from "./domain/messageLog";
import { hasOriginSecret, ORIGIN_SECRET_HEADER } from "./domain/origin";
import { headerValues } from "./domain/request";
import { deadlineOf } from "./lambda/deadline";
import { answer, HttpProblem, problem, type HttpEvent, type HttpResult } from "./lambda/httpEvent";
import { routes } from "./lambda/httpRoutes";

export interface HttpSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  messagesTable: string;
  connectionsEndpoint: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
  inbox: Retention;
  /** Hex SHA-256 of each valid origin secret; empty: not checked. */
  originSecretDigests: string[];
}

/** Everything under `/http/` of the HTTP API, and what no other route answers. */
export function createHandler(settings: HttpSettings) {
  const backend = createBackend(settings);

  return async (event: HttpEvent, context: Context): Promise<HttpResult> => {
    const { method } = event.requestContext.http;
    const log = createLog({ requestId: context.awsRequestId, method, path: event.rawPath });
    try {
      const secret = headerValues(event.headers, undefined, ORIGIN_SECRET_HEADER);
      if (!hasOriginSecret(secret, settings.originSecretDigests)) {
        log.warn("request refused", { reason: "the origin secret is missing or wrong" });
        throw new HttpProblem(403, "Requests must come through the distribution.");
      }
      return await route(event, backend, deadlineOf(context), log);
    } catch (error) {
      return problem(httpProblem(error, log));
    }
  };
}

async function route(
  event: HttpEvent,
  backend: Backend,
  deadline: number,
  log: Log,
): Promise<HttpResult> {
  // API Gateway has decoded the path already, so a channel's name may hold slashes.
  const path = event.rawPath
    .replace(/^\/http\/sessions\/[^/]+$/, "/http/sessions/{key}")
    .replace(/^\/http\/channels\/.+\/(messages|presence)$/, "/http/channels/{channel}/$1");
  const { method } = event.requestContext.http;
  // A preflight: API Gateway adds what it allows, and browsers want a success.
  if (method === "OPTIONS") return answer(204);
  if (path === "/http/health") {
    if (method !== "GET") throw notAllowed(["GET"]);
    return answer(200, { status: "ok" });
  }
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!methods) throw new HttpProblem(404, "There is nothing at this path.");
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) throw notAllowed(Object.keys(methods));
  const user = userOfClaims(event.requestContext.authorizer?.jwt?.claims);
  if (!user) {
    const headers = { "www-authenticate": "Bearer" };
    throw new HttpProblem(401, "Send a token of the user pool.", { headers });
  }
  return handler({ event, user, backend, deadline, log });
}

function notAllowed(methods: string[]): HttpProblem {
  const allow = methods.join(", ");
  return new HttpProblem(405, `Use ${allow} here.`, { headers: { allow } });
}

/** The status of each error that can come of a channel. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  "unknown-channel": 404,
  forbidden: 403,
  "too-large": 413,
  "id-reused": 409,
  "no-history": 404,
  "no-presence": 404,
  unavailable: 503,
};

function httpProblem(error: unknown, log: Log): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof ChannelError) {
    return new HttpProblem(STATUS_OF_CODE[error.code] ?? 400, error.message, { code: error.code });
  }
  log.error("request failed", errorFields(error));
  return new HttpProblem(500, "The request failed; try again.");
}
