import type { Graph, Resource } from "../graph";
import type {
  ApiDefinition,
  AuthorizerDefinition,
  CorsDefinition,
  RouteDefinition,
  StageDefinition,
} from "./definitions";
import type { Limits } from "./limits";
import { Problems, labelOf, refuseInputs } from "./problems";
import { readAuthorizers } from "./readAuthorizers";
import { readIntegrations } from "./readIntegrations";
import { parseRouteKey } from "./routes";
import { compileSelection } from "./selection";

const token = (kind: string) =>
  `aws:apigatewayv2/${kind}:${kind[0]!.toUpperCase()}${kind.slice(1)}`;

const read = [
  "api",
  "authorizer",
  "deployment",
  "integration",
  "integrationResponse",
  "route",
  "routeResponse",
  "stage",
];

/** Resources of API Gateway v2 that readGraph knows nothing of, such as models and domain names. */
export function unread(graph: Graph): Resource[] {
  const known = new Set(read.map(token));
  return graph.resources.filter(
    ({ type }) => type.startsWith("aws:apigatewayv2/") && !known.has(type),
  );
}

/** Everything of API Gateway v2 in a graph. Throws one error that names each resource with a problem. */
export function readGraph(graph: Graph, limits: Limits): ApiDefinition[] {
  const problems = new Problems();
  const apis = new Map<string, ApiDefinition>();
  for (const resource of graph.ofType(token("api"))) {
    const api = problems.collect(resource, () => readApi(resource));
    if (api) apis.set(api.id, api);
  }

  /** Calls back for each resource of a kind with the API that it belongs to. */
  const each = (kind: string, use: (resource: Resource, api: ApiDefinition) => void) => {
    for (const resource of graph.ofType(token(kind))) {
      problems.collect(resource, () => {
        const api = apis.get(resource.inputs.apiId);
        if (!api) throw new Error(`its apiId "${resource.inputs.apiId}" names no API`);
        use(resource, api);
      });
    }
  };

  const deployments = new Set(graph.ofType(token("deployment")).map((resource) => resource.id));
  each("deployment", () => undefined);
  each("stage", (resource, api) => api.stages.push(readStage(resource, deployments)));
  const integrations = readIntegrations(each, limits);
  const authorizers = readAuthorizers(each);
  const routes = new Map<string, { route: RouteDefinition; answers: boolean }>();
  each("route", (resource, api) => {
    const { target = "", routeResponseSelectionExpression } = resource.inputs;
    const found = integrations.get(/^integrations\/(.+)$/.exec(target)?.[1] ?? "");
    if (found?.apiId !== api.id) {
      throw new Error(`its target "${target}" names no integration of the API`);
    }
    const route = readRoute(resource, api, found.integration, authorizers);
    api.routes.push(route);
    // A route response is chosen by the route's expression; without one the route stays one-way.
    routes.set(resource.id, { route, answers: Boolean(routeResponseSelectionExpression) });
  });
  each("routeResponse", (resource) => {
    const { routeId, routeResponseKey } = resource.inputs;
    const found = routes.get(routeId);
    if (!found) throw new Error(`its routeId "${routeId}" names no route`);
    if (routeResponseKey !== "$default") {
      throw new Error(`its routeResponseKey is "${routeResponseKey}", not "$default"`);
    }
    found.route.twoWay = found.answers;
  });
  problems.throwIfAny();
  return [...apis.values()];
}

function readApi(resource: Resource): ApiDefinition {
  refuseInputs(resource, "body", "target", "routeKey");
  const { protocolType, routeSelectionExpression, corsConfiguration } = resource.inputs;
  if (protocolType !== "HTTP" && protocolType !== "WEBSOCKET") {
    throw new Error(`its protocolType "${protocolType}" is neither HTTP nor WEBSOCKET`);
  }
  if (protocolType === "WEBSOCKET" && !routeSelectionExpression) {
    throw new Error(`it needs a routeSelectionExpression such as "$request.body.action"`);
  }
  const executionArn = String(resource.outputs.executionArn);
  const [, , , region, accountId] = executionArn.split(":");
  if (!region || !accountId) throw new Error(`its executionArn is "${executionArn}"`);
  return {
    id: resource.id,
    name: resource.name,
    protocol: protocolType,
    executionArn,
    region,
    accountId,
    domainName: `${resource.id}.execute-api.${region}.amazonaws.com`,
    routeSelection:
      protocolType === "WEBSOCKET" ? compileSelection(routeSelectionExpression) : ["$default"],
    cors: corsConfiguration && readCors(corsConfiguration),
    routes: [],
    stages: [],
  };
}

function readCors(inputs: Record<string, any>): CorsDefinition {
  return {
    allowOrigins: inputs.allowOrigins ?? [],
    allowMethods: inputs.allowMethods ?? [],
    allowHeaders: inputs.allowHeaders ?? [],
    exposeHeaders: inputs.exposeHeaders ?? [],
    maxAge: inputs.maxAge,
    allowCredentials: inputs.allowCredentials ?? false,
  };
}

function readStage(resource: Resource, deployments: ReadonlySet<string>): StageDefinition {
  const { inputs } = resource;
  if (inputs.deploymentId !== undefined && !deployments.has(inputs.deploymentId)) {
    throw new Error(`its deploymentId "${inputs.deploymentId}" names no deployment`);
  }
  const routeThrottles = new Map<string, { rate: number; burst: number }>();
  for (const settings of inputs.routeSettings ?? []) {
    routeThrottles.set(settings.routeKey, readThrottle(settings));
  }
  return {
    name: inputs.name ?? resource.outputs.name ?? resource.name,
    deployed: inputs.autoDeploy === true || inputs.deploymentId !== undefined,
    throttle: inputs.defaultRouteSettings && readThrottle(inputs.defaultRouteSettings),
    routeThrottles,
    variables: inputs.stageVariables ?? {},
    accessLogFormat: inputs.accessLogSettings?.format,
  };
}

/** Route settings without one of the limits set that one to 0, and every call is refused (pulumi-aws 2363). */
function readThrottle(settings: Record<string, any>) {
  return { rate: settings.throttlingRateLimit ?? 0, burst: settings.throttlingBurstLimit ?? 0 };
}

function readRoute(
  resource: Resource,
  api: ApiDefinition,
  integration: RouteDefinition["integration"],
  authorizers: ReadonlyMap<string, { apiId: string; authorizer: AuthorizerDefinition }>,
): RouteDefinition {
  const {
    routeKey,
    authorizationType = "NONE",
    authorizerId,
    authorizationScopes,
  } = resource.inputs;
  refuseInputs(resource, "apiKeyRequired", "requestModels", "requestParameters");
  if (typeof routeKey !== "string" || !routeKey) throw new Error("it has no routeKey");
  if (api.protocol === "HTTP") parseRouteKey(routeKey);
  if (api.routes.some((route) => route.key === routeKey)) {
    throw new Error(`another route of the API has the key "${routeKey}" as well`);
  }
  const route = {
    label: labelOf(resource),
    key: routeKey,
    integration,
    scopes: authorizationScopes ?? [],
    twoWay: false,
  };
  if (authorizationType === "NONE") return route;
  if (authorizationType === "AWS_IAM") {
    throw new Error("the authorization type AWS_IAM is not supported by the local run");
  }
  if (api.protocol === "WEBSOCKET" && routeKey !== "$connect") {
    throw new Error("a WebSocket API authorizes on its $connect route only");
  }
  const found = authorizers.get(authorizerId);
  if (found?.apiId !== api.id) {
    throw new Error(`its authorizerId "${authorizerId ?? ""}" names no authorizer of the API`);
  }
  const expected = found.authorizer.type === "JWT" ? "JWT" : "CUSTOM";
  if (authorizationType !== expected) {
    throw new Error(
      `its authorizationType is "${authorizationType}", its authorizer takes ${expected}`,
    );
  }
  return { ...route, authorizer: found.authorizer };
}
