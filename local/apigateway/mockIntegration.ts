import type { IntegrationDefinition } from "./definitions";
import type { Selection } from "./selection";
import {
  chooseResponse,
  chooseTemplate,
  integrationRequestBody,
  internalError,
  responseBody,
} from "./transformations";
import type { Integration, IntegrationResult } from "./webSocketIntegration";

/** An integration without a backend: the request template gives the status, the response template the answer. */
export function mockIntegration(definition: IntegrationDefinition): Integration {
  return {
    constant: constantResult(definition),
    run(request) {
      const status = statusOf(definition, integrationRequestBody(definition, request));
      const response = chooseResponse(definition, String(status));
      return { status, body: responseBody(response, request, status, "", "") };
    },
  };
}

function statusOf(definition: IntegrationDefinition, rendered: string): number {
  let status: unknown;
  try {
    status = (JSON.parse(rendered) as { statusCode?: unknown } | null)?.statusCode;
  } catch {
    status = undefined;
  }
  if (!Number.isInteger(Number(status ?? NaN))) {
    throw internalError(`${definition.label}: its request template gives no {"statusCode": ...}`);
  }
  return Number(status);
}

/** The answer of a mock whose expressions and templates have no variable; a heartbeat's, typically. */
function constantResult(definition: IntegrationDefinition): IntegrationResult | undefined {
  const nothing = { lookup: () => undefined };
  const isStatic = (selection: Selection | undefined) =>
    selection?.every((part) => typeof part === "string") ?? true;
  const request = chooseTemplate(
    definition.requestTemplates,
    definition.templateSelection,
    nothing,
  );
  if (request?.constant === undefined || !isStatic(definition.templateSelection)) return undefined;
  try {
    const status = statusOf(definition, request.constant);
    const response = chooseResponse(definition, String(status));
    if (!isStatic(response.templateSelection)) return undefined;
    const template = chooseTemplate(response.templates, response.templateSelection, nothing);
    if (template && template.constant === undefined) return undefined;
    return { status, body: template?.constant ?? "" };
  } catch {
    // A mock that can only fail does so for each message, with its reason.
    return undefined;
  }
}
