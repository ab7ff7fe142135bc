import type { Resource } from "../graph";
import type { ApiDefinition, AuthorizerDefinition, IdentitySource } from "./definitions";
import { labelOf, refuseInputs } from "./problems";
import { functionArnOf } from "./readIntegrations";

type Each = (kind: string, use: (resource: Resource, api: ApiDefinition) => void) => void;
type Authorizers = Map<string, { apiId: string; authorizer: AuthorizerDefinition }>;

/** The authorizers of all APIs by their ids. */
export function readAuthorizers(each: Each): Authorizers {
  const authorizers: Authorizers = new Map();
  each("authorizer", (resource, api) => {
    const authorizer =
      api.protocol === "WEBSOCKET" ? readRequestAuthorizer(resource) : readJwtAuthorizer(resource);
    authorizers.set(resource.id, { apiId: api.id, authorizer });
  });
  return authorizers;
}

function readRequestAuthorizer(resource: Resource): AuthorizerDefinition {
  const { authorizerType, authorizerUri, identitySources } = resource.inputs;
  if (authorizerType !== "REQUEST") {
    throw new Error(`a WebSocket API takes authorizers of type REQUEST, not ${authorizerType}`);
  }
  refuseInputs(resource, "authorizerCredentialsArn");
  return {
    type: "REQUEST",
    id: resource.id,
    label: labelOf(resource),
    functionArn: functionArnOf(authorizerUri),
    identitySources: (identitySources ?? []).map((source: string) =>
      readIdentitySource(source, /^route\.request\.(header|querystring)\.(.+)$/),
    ),
  };
}

function readJwtAuthorizer(resource: Resource): AuthorizerDefinition {
  const { authorizerType, identitySources, jwtConfiguration } = resource.inputs;
  if (authorizerType !== "JWT") {
    throw new Error(
      `the local run has authorizers of type JWT for HTTP APIs, not ${authorizerType}`,
    );
  }
  if (!jwtConfiguration?.issuer || !jwtConfiguration.audiences?.length) {
    throw new Error("its jwtConfiguration needs an issuer and audiences");
  }
  if (identitySources?.length !== 1) throw new Error("it needs exactly one identity source");
  return {
    type: "JWT",
    label: labelOf(resource),
    identitySource: readIdentitySource(
      identitySources[0],
      /^\$request\.(header|querystring)\.(.+)$/,
    ),
    issuer: jwtConfiguration.issuer,
    audiences: jwtConfiguration.audiences,
  };
}

function readIdentitySource(source: string, form: RegExp): IdentitySource {
  const [, from, name] = form.exec(source) ?? [];
  if (!from || !name) throw new Error(`its identity source "${source}" is not supported`);
  return { from: from as IdentitySource["from"], name };
}
