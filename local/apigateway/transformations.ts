import type { IntegrationDefinition, IntegrationResponseDefinition } from "./definitions";
import { Scope, Selection, Variable, select } from "./selection";
import type { Template } from "./templates";
import type { WebSocketRequest } from "./webSocketRequest";

/** An integration that failed, with what API Gateway tells the client. */
export class IntegrationFailure extends Error {
  constructor(
    readonly status: number,
    readonly clientMessage: string,
    cause: string,
  ) {
    super(cause);
  }
}

export function internalError(cause: string, status = 500): IntegrationFailure {
  return new IntegrationFailure(status, "Internal server error", cause);
}

/** The request template's rendering, or the client's body where the passthrough behaviour lets it through. */
export function integrationRequestBody(
  definition: IntegrationDefinition,
  request: WebSocketRequest,
): string {
  const { requestTemplates, templateSelection, passthrough } = definition;
  const template = chooseTemplate(requestTemplates, templateSelection, request);
  if (template) return template.render(request);
  if (
    passthrough === "NEVER" ||
    (passthrough === "WHEN_NO_TEMPLATES" && requestTemplates.size > 0)
  ) {
    const cause = `${definition.label}: no request template and passthroughBehavior ${passthrough}`;
    throw new IntegrationFailure(415, "Unsupported Media Type", cause);
  }
  return request.body;
}

/** A non-proxy integration needs a response that matches, or a `$default` one. */
export function chooseResponse(
  definition: IntegrationDefinition,
  value: string,
): IntegrationResponseDefinition {
  const response =
    definition.responses.find(({ pattern }) => pattern?.test(value)) ??
    definition.responses.find(({ pattern }) => !pattern);
  if (!response) {
    throw internalError(
      `${definition.label}: no integration response for "${value}" and no $default`,
    );
  }
  return response;
}

/** The response template's rendering, or the integration's body as it is. */
export function responseBody(
  response: IntegrationResponseDefinition,
  request: WebSocketRequest,
  status: number,
  body: string,
  json: unknown,
): string {
  const scope: Scope = {
    lookup(variable: Variable) {
      if (variable.root === "integration.response.statuscode") return status;
      return request.lookup(variable);
    },
  };
  const template = chooseTemplate(response.templates, response.templateSelection, scope);
  if (!template) return body;
  if (template.constant !== undefined) return template.constant;
  const { context, stageVariables } = request;
  return template.render({ body, json, context, stageVariables });
}

export function chooseTemplate(
  templates: ReadonlyMap<string, Template>,
  selection: Selection | undefined,
  scope: Scope,
): Template | undefined {
  const key = selection && select(selection, scope);
  return (key === undefined ? undefined : templates.get(key)) ?? templates.get("$default");
}
