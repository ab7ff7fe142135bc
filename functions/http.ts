import type { Context } from "aws-lambda";
import type { ErrorCode } from "../protocol/errors";
import type { Backend } from "./domain/backend";
import { userOfClaims } from "./domain/claims";
import { createConnections } from "./domain/connections";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createLog, errorFields, type Log } from "./domain/log";
import { MessageError } from "./domain/messages";
import { hasOriginSecret, ORIGIN_SECRET_HEADER } from "./domain/origin";
import { headerValues } from "./domain/request";
import { deadlineOf } from "./lambda/deadline";
import { answer, HttpProblem, problem, type HttpEvent, type HttpResult } from "./lambda/httpEvent";
import { routes } from "./lambda/httpRoutes";

export interface HttpSettings {
  connectionsTable: string;
  connectionsEndpoint: string;
  /** Hex SHA-256 of each valid origin secret; empty: not checked. */
  originSecretDigests: string[];
}

/** Everything under `/http/` of the HTTP API, and what no other route answers. */
export function createHandler(settings: HttpSettings) {
  const backend: Backend = {
    store: createDynamoSessions(settings.connectionsTable),
    connections: createConnections(settings.connectionsEndpoint),
  };

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
  const path = event.rawPath.replace(/^\/http\/sessions\/[^/]+$/, "/http/sessions/{key}");
  const { method } = event.requestContext.http;
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

/** The status of each error that sending a message can end in. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  "unknown-channel": 404,
  "too-large": 413,
};

function httpProblem(error: unknown, log: Log): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof MessageError) {
    return new HttpProblem(STATUS_OF_CODE[error.code] ?? 400, error.message, { code: error.code });
  }
  log.error("request failed", errorFields(error));
  return new HttpProblem(500, "The request failed; try again.");
}
