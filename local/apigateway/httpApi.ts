import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { AccessLog, createAccessLog, errorContext, integrationContext } from "./accessLog";
import { isPreflight, preflightHeaders, withCors } from "./cors";
import type { ApiDefinition, StageDefinition } from "./definitions";
import { peerAddress } from "./handshakeRequest";
import { readBody } from "./http";
import { HttpRequest, createEvent, requestContextOf } from "./httpEvent";
import { HttpAnswer, message, readAnswer } from "./httpAnswer";
import { newId } from "./identifiers";
import { InvocationFailure, invoke } from "./invocation";
import { JwtVerifier } from "./jwtAuthorizer";
import { RouteMatch, RouteTable } from "./routes";
import type { Services } from "./services";
import { StageThrottle } from "./throttle";

interface Stage {
  definition: StageDefinition;
  throttle: StageThrottle;
  accessLog: AccessLog | undefined;
}

/** An HTTP API. */
export class HttpApi {
  readonly #stages = new Map<string, Stage>();
  readonly #routes: RouteTable;
  readonly #jwt: JwtVerifier;

  constructor(
    private readonly api: ApiDefinition,
    private readonly services: Services,
  ) {
    this.#routes = new RouteTable(api.routes);
    this.#jwt = new JwtVerifier(services.keys);
    for (const definition of api.stages.filter(({ deployed }) => deployed)) {
      const { name, throttle, routeThrottles, accessLogFormat: format } = definition;
      const prefix = `[${api.name}/${name}] `;
      this.#stages.set(name, {
        definition,
        throttle: new StageThrottle(services.account, throttle, routeThrottles),
        accessLog: format === undefined ? undefined : createAccessLog(format, prefix, services.log),
      });
    }
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    const [path = "/"] = (req.url ?? "/").split("?", 1);
    const prefix = /^\/([^/]*)/.exec(path)?.[1] ?? "";
    const named = prefix === "$default" ? undefined : this.#stages.get(prefix);
    const stage = named ?? this.#stages.get("$default");
    const routePath = named ? path.slice(prefix.length + 1) || "/" : path;
    const request: HttpRequest = {
      api: this.api,
      req,
      path,
      requestId: newId(),
      epoch: Date.now(),
      sourceIp: peerAddress(req),
      stage: stage?.definition.name ?? "",
      stageVariables: stage?.definition.variables ?? {},
      routeKey: "",
    };
    const answered: Promise<HttpAnswer> = stage
      ? this.#answer(stage, request, routePath)
      : Promise.resolve(message(404, "Not Found"));
    answered
      .catch((error: Error) => {
        if (req.destroyed && !req.complete) return message(400, "Bad Request");
        this.services.log(`${this.api.name}: ${request.routeKey}: ${error.stack ?? error.message}`);
        return message(500, "Internal Server Error");
      })
      .then((answer) => this.#send(stage, request, res, answer))
      .catch((error: Error) => {
        this.services.log(`${this.api.name}: ${request.routeKey}: ${error.message}`);
        res.destroy();
      });
  }

  async #answer(stage: Stage, request: HttpRequest, routePath: string): Promise<HttpAnswer> {
    const { req, epoch } = request;
    if (this.api.cors && isPreflight(req)) {
      return { status: 204, headers: preflightHeaders(this.api.cors, req) };
    }
    const match = this.#routes.find(req.method ?? "GET", routePath);
    if (!match) {
      return this.services.account.take(epoch)
        ? message(404, "Not Found")
        : message(429, "Too Many Requests");
    }
    request.routeKey = match.route.key;
    if (!stage.throttle.take(match.route.key, epoch)) return message(429, "Too Many Requests");
    const { authorizer, scopes } = match.route;
    if (authorizer?.type === "JWT") {
      const decision = await this.#jwt.authorize(authorizer, scopes, req);
      if ("refusal" in decision) return decision.refusal;
      request.jwt = decision;
    }
    const body = await readBody(req, this.services.limits.httpBodyBytes);
    if (!body) return message(413, "Request Entity Too Large");
    return this.#integrate(request, match, body);
  }

  async #integrate(request: HttpRequest, match: RouteMatch, body: Buffer): Promise<HttpAnswer> {
    const { label, integration, key } = match.route;
    // The method that came and the path of the route; AWS's own permissions for $default end in its key.
    const template =
      key === "$default" ? key : request.req.method + key.slice(key.indexOf(" ") + 1);
    const target = {
      functionArn: integration.functionArn!,
      label,
      sourceArn: `${this.api.executionArn}/${request.stage}/${template}`,
      timeout: integration.timeout,
    };
    try {
      const event = createEvent(request, match.pathParameters, body);
      const result = await invoke(this.services, target, event);
      if ("functionError" in result) {
        const { errorType, errorMessage } = result.functionError;
        return message(500, "Internal Server Error", `${errorType}: ${errorMessage}`);
      }
      return (
        readAnswer(result.payload) ??
        message(500, "Internal Server Error", `${label}: malformed response of the function`)
      );
    } catch (error) {
      if (!(error instanceof InvocationFailure)) throw error;
      const busy = error.kind === "timeout" || error.kind === "throttled";
      return busy
        ? message(503, "Service Unavailable", error.message)
        : message(500, "Internal Server Error", error.message);
    }
  }

  #send(
    stage: Stage | undefined,
    request: HttpRequest,
    res: ServerResponse,
    answer: HttpAnswer,
  ): void {
    const body = answer.body ?? Buffer.alloc(0);
    const headers: OutgoingHttpHeaders = {
      ...(this.api.cors
        ? withCors(this.api.cors, request.req, answer.headers ?? {})
        : answer.headers),
      "apigw-requestid": request.requestId,
      ...(answer.status !== 204 && answer.status !== 304 && { "content-length": body.length }),
    };
    res.writeHead(answer.status, headers);
    res.end(body);
    stage?.accessLog?.(
      {
        status: answer.status,
        responseLength: body.length,
        responseLatency: Date.now() - request.epoch,
        integrationErrorMessage: answer.cause,
        ...(answer.error === undefined
          ? integrationContext(answer.status)
          : { error: errorContext(answer.status, answer.error) }),
        authorizer: { error: answer.authorizerError, claims: request.jwt?.claims },
      },
      accessContext(request),
    );
  }
}

/** `$context` of access logs, which names some things otherwise than the event does. */
function accessContext(request: HttpRequest): object {
  const context = requestContextOf(request);
  const { method, path, protocol, sourceIp, userAgent } = context.http;
  return {
    ...context,
    extendedRequestId: request.requestId,
    httpMethod: method,
    path,
    protocol,
    identity: { sourceIp, userAgent },
    requestTime: context.time,
    requestTimeEpoch: request.epoch,
  };
}
