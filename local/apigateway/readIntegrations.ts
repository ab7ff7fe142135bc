import type { Resource } from "../graph";
import type {
  ApiDefinition,
  IntegrationDefinition,
  IntegrationResponseDefinition,
} from "./definitions";
import type { Limits } from "./limits";
import { labelOf, refuseInputs } from "./problems";
import { compileSelection } from "./selection";
import { Template, compileTemplate } from "./templates";

type Each = (kind: string, use: (resource: Resource, api: ApiDefinition) => void) => void;
type Integrations = Map<string, { apiId: string; integration: IntegrationDefinition }>;

const passthroughs = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"] as const;

/** The integrations of all APIs by their ids, with their responses. */
export function readIntegrations(each: Each, limits: Limits): Integrations {
  const integrations: Integrations = new Map();
  each("integration", (resource, api) => {
    const integration = readIntegration(resource, api, limits);
    integrations.set(resource.id, { apiId: api.id, integration });
  });
  each("integrationResponse", (resource, api) => {
    const found = integrations.get(resource.inputs.integrationId);
    if (found?.apiId !== api.id) {
      throw new Error(`its integrationId "${resource.inputs.integrationId}" names no integration`);
    }
    found.integration.responses.push(readResponse(resource));
  });
  return integrations;
}

function readIntegration(
  resource: Resource,
  api: ApiDefinition,
  limits: Limits,
): IntegrationDefinition {
  const { inputs } = resource;
  const type = inputs.integrationType;
  const supported = api.protocol === "HTTP" ? ["AWS_PROXY"] : ["AWS_PROXY", "AWS", "MOCK"];
  if (!supported.includes(type) || inputs.integrationSubtype) {
    const name = inputs.integrationSubtype ? `${type} ${inputs.integrationSubtype}` : type;
    throw new Error(
      `the integration type ${name} is not one that the local run has for ${api.protocol} APIs: ${supported.join(", ")}`,
    );
  }
  refuseInputs(
    resource,
    "credentialsArn",
    "requestParameters",
    "responseParameters",
    "connectionId",
    "tlsConfig",
    "contentHandlingStrategy",
  );
  if (api.protocol === "HTTP" && inputs.payloadFormatVersion !== "2.0") {
    throw new Error(
      `its payloadFormatVersion is "${inputs.payloadFormatVersion ?? "1.0"}", the local run has "2.0" only`,
    );
  }
  const passthrough = inputs.passthroughBehavior ?? "WHEN_NO_MATCH";
  if (!passthroughs.includes(passthrough)) {
    throw new Error(
      `its passthroughBehavior "${passthrough}" is not one of ${passthroughs.join(", ")}`,
    );
  }
  const longest =
    api.protocol === "HTTP" ? limits.httpIntegrationTimeout : limits.webSocketIntegrationTimeout;
  return {
    label: labelOf(resource),
    type,
    functionArn: type === "MOCK" ? undefined : functionArnOf(inputs.integrationUri),
    timeout: Math.min(inputs.timeoutMilliseconds ?? longest, longest),
    requestTemplates: readTemplates(inputs.requestTemplates),
    templateSelection: readSelection(inputs.templateSelectionExpression),
    passthrough,
    responses: [],
  };
}

function readResponse(resource: Resource): IntegrationResponseDefinition {
  const {
    integrationResponseKey: key,
    responseTemplates,
    templateSelectionExpression,
  } = resource.inputs;
  refuseInputs(resource, "contentHandlingStrategy");
  const pattern = /^\/(.+)\/$/.exec(key ?? "")?.[1];
  if (key !== "$default" && pattern === undefined) {
    throw new Error(`its integrationResponseKey "${key}" is neither "$default" nor "/pattern/"`);
  }
  return {
    // The whole value has to match, as Java's String.matches does.
    pattern: pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, "s"),
    templates: readTemplates(responseTemplates),
    templateSelection: readSelection(templateSelectionExpression),
  };
}

function readTemplates(sources: Record<string, string> | undefined): Map<string, Template> {
  const templates = new Map<string, Template>();
  for (const [key, source] of Object.entries(sources ?? {})) {
    try {
      templates.set(key, compileTemplate(source));
    } catch (error) {
      throw new Error(`its template "${key}" cannot be parsed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return templates;
}

function readSelection(expression: string | undefined) {
  return expression === undefined ? undefined : compileSelection(expression);
}

/** The function of a Lambda ARN, or of the ARN by which API Gateway invokes it. */
export function functionArnOf(uri: string | undefined): string {
  const arn =
    /^arn:[^:]+:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(
      uri ?? "",
    )?.[1] ?? uri;
  if (!arn || !/^arn:[^:]+:lambda:[^:]+:\d+:function:.+$/.test(arn)) {
    throw new Error(`its URI "${uri ?? ""}" is not that of a Lambda function`);
  }
  return arn;
}
