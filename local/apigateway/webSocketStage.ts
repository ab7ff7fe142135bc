import { AccessLog, createAccessLog, errorContext, integrationContext } from "./accessLog";
import type { Connection } from "./connection";
import type { ApiDefinition, RequestAuthorizerDefinition, StageDefinition } from "./definitions";
import { select } from "./selection";
import type { Services } from "./services";
import { StageThrottle } from "./throttle";
import { IntegrationFailure, internalError } from "./transformations";
import { Integration, IntegrationResult, createIntegration } from "./webSocketIntegration";
import { WebSocketRequest } from "./webSocketRequest";

export interface StageRoute {
  key: string;
  twoWay: boolean;
  authorizer?: RequestAuthorizerDefinition;
  integration: Integration;
}

/** A deployed stage of a WebSocket API: its routes, its open connections, and the way of a message. */
export class WebSocketStage {
  readonly connections = new Map<string, Connection>();
  readonly throttle: StageThrottle;
  readonly connectRoute: StageRoute | undefined;
  readonly disconnectRoute: StageRoute | undefined;
  readonly #accessLog: AccessLog | undefined;
  /** What a message can select: a client that names `$connect` gets `$default`. */
  readonly #routes = new Map<string, StageRoute>();
  readonly #defaultRoute: StageRoute | undefined;

  constructor(
    readonly api: ApiDefinition,
    readonly definition: StageDefinition,
    readonly services: Services,
  ) {
    this.throttle = new StageThrottle(
      services.account,
      definition.throttle,
      definition.routeThrottles,
    );
    this.#accessLog =
      definition.accessLogFormat === undefined
        ? undefined
        : createAccessLog(
            definition.accessLogFormat,
            `[${api.name}/${definition.name}] `,
            services.log,
          );
    for (const { key, label, twoWay, authorizer, integration } of api.routes) {
      this.#routes.set(key, {
        key,
        twoWay,
        authorizer: authorizer?.type === "REQUEST" ? authorizer : undefined,
        integration: createIntegration(services, integration, label, this.routeArn(key)),
      });
    }
    this.connectRoute = this.#routes.get("$connect");
    this.disconnectRoute = this.#routes.get("$disconnect");
    this.#routes.delete("$connect");
    this.#routes.delete("$disconnect");
    this.#defaultRoute = this.#routes.get("$default");
  }

  /** The ARN that permissions and authorizer policies name. */
  routeArn(routeKey: string): string {
    return `${this.api.executionArn}/${this.definition.name}/${routeKey}`;
  }

  /** Takes one message of a client; never throws. */
  receive(connection: Connection, data: Buffer, isBinary: boolean): void {
    if (connection.ending) return;
    if (isBinary) return connection.end(1003, "Binary messages are not supported");
    const body = data.toString();
    const request = new WebSocketRequest(connection, "MESSAGE", body, parseJson(body));
    connection.lastActiveAt = request.epoch;
    const key = select(this.api.routeSelection, request);
    const route = (key === undefined ? undefined : this.#routes.get(key)) ?? this.#defaultRoute;
    if (!route) {
      // No route, yet it counts against the account.
      const accepted = this.services.account.take(request.epoch);
      return this.#refuse(request, accepted ? 403 : 429);
    }
    request.routeKey = route.key;
    if (!this.throttle.take(route.key, request.epoch)) return this.#refuse(request, 429);
    const { constant } = route.integration;
    if (constant) return this.#finish(request, route, constant);
    try {
      const result = route.integration.run(request, {});
      if (result instanceof Promise) {
        result.then(
          (settled) => this.#finish(request, route, settled),
          (error: unknown) => this.#fail(request, error),
        );
      } else this.#finish(request, route, result);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  /** Writes an access log line; `outcome` holds what is not in the request's context. */
  log(request: WebSocketRequest, outcome: Record<string, unknown>): void {
    this.#accessLog?.(outcome, request.context);
  }

  /** Writes the access log line of an integration that answered. */
  logResult(request: WebSocketRequest, status: number): void {
    this.log(request, { status, ...integrationContext(status) });
  }

  /** Writes the access log line of a failure, and what API Gateway itself failed at to the log. */
  logFailure(request: WebSocketRequest, error: unknown): IntegrationFailure {
    const failure =
      error instanceof IntegrationFailure ? error : internalError((error as Error).message);
    if (failure !== error) {
      this.services.log(
        `${this.api.name}/${this.definition.name} ${request.routeKey}: ${failure.message}`,
      );
    }
    this.log(request, {
      status: failure.status,
      integrationErrorMessage: failure.message,
      error: errorContext(failure.status, failure.clientMessage),
    });
    return failure;
  }

  #finish(request: WebSocketRequest, route: StageRoute, result: IntegrationResult): void {
    if (route.twoWay && result.body) this.#reply(request.connection, result.body);
    if (this.#accessLog) this.logResult(request, result.status);
  }

  #refuse(request: WebSocketRequest, status: 403 | 429): void {
    const text = status === 403 ? "Forbidden" : "Too Many Requests";
    this.#reply(request.connection, request.message(text));
    this.log(request, { status, error: errorContext(status, text) });
  }

  /** Failures are told to the client on one-way routes as well. */
  #fail(request: WebSocketRequest, error: unknown): void {
    const failure = this.logFailure(request, error);
    this.#reply(request.connection, request.message(failure.clientMessage));
  }

  #reply(connection: Connection, text: string): void {
    if (connection.ending) return;
    connection.send(text);
    connection.pauseUntilBelow(this.services.limits.sendBufferBytes);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
