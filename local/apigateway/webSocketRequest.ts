import type { Connection } from "./connection";
import { newId, requestTime } from "./identifiers";
import { valueAt } from "./jsonPath";
import type { Scope, Variable } from "./selection";
import type { TemplateScope } from "./templates";

export type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";

/** Fields of an event beside its request context. */
export type EventParts = Record<string, unknown>;

/** One passage through a route: what events, templates and selection expressions are made from. */
export class WebSocketRequest implements Scope, TemplateScope {
  readonly epoch = Date.now();
  routeKey = "";
  #id: string | undefined;
  #context: Record<string, unknown> | undefined;

  constructor(
    readonly connection: Connection,
    readonly eventType: EventType,
    readonly body: string,
    /** The body parsed, or the body itself where it is not JSON. */
    readonly json: unknown,
    /** `disconnectStatusCode` and `disconnectReason`. */
    private readonly ending?: Record<string, unknown>,
  ) {}

  get id(): string {
    return (this.#id ??= newId());
  }

  get stageVariables(): Record<string, string> {
    return this.connection.stageVariables;
  }

  /** The request context of events, `$context` of templates. */
  get context(): Record<string, unknown> {
    if (this.#context) return this.#context;
    const { id, stage, connectedAt, identity, api, authorizer } = this.connection;
    this.#context = {
      routeKey: this.routeKey,
      ...(authorizer && { authorizer }),
      ...(this.eventType === "MESSAGE" && { messageId: newId() }),
      ...this.ending,
      eventType: this.eventType,
      extendedRequestId: this.id,
      requestTime: requestTime(this.epoch),
      messageDirection: "IN",
      stage,
      connectedAt,
      requestTimeEpoch: this.epoch,
      identity,
      requestId: this.id,
      domainName: api.domainName,
      connectionId: id,
      apiId: api.id,
    };
    return this.#context;
  }

  /** The authorizer's context is known only after the context was first shown to the authorizer itself. */
  setAuthorizer(authorizer: Connection["authorizer"]): void {
    this.connection.authorizer = authorizer;
    this.#context = { ...this.context, authorizer };
  }

  /** The event of a Lambda proxy integration. */
  event(parts: EventParts): EventParts {
    const hasVariables = Object.keys(this.stageVariables).length > 0;
    return {
      ...parts,
      requestContext: this.context,
      ...(this.eventType === "MESSAGE" && { body: this.body }),
      ...(hasVariables && { stageVariables: this.stageVariables }),
      isBase64Encoded: false,
    };
  }

  lookup(variable: Variable): unknown {
    return variable.root === "request.body" ? valueAt(this.json, variable.path) : undefined;
  }

  /** What API Gateway itself answers. */
  message(text: string): string {
    return JSON.stringify({
      message: text,
      connectionId: this.connection.id,
      requestId: this.id,
    });
  }
}
