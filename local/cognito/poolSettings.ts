import type { Graph, Resource } from "../graph";
import { attributeSchemas, type AttributeSchema } from "./attributes";
import { passwordPolicyOf, type PasswordPolicy } from "./passwordPolicy";

const POOL = "aws:cognito/userPool:UserPool";
const CLIENT = "aws:cognito/userPoolClient:UserPoolClient";
const GROUP = "aws:cognito/userGroup:UserGroup";

export interface Group {
  name: string;
  description?: string;
  precedence?: number;
  roleArn?: string;
}

/** An app client. Validities in seconds. */
export interface Client {
  id: string;
  /** Names of flows without `ALLOW_`. */
  flows: ReadonlySet<string>;
  accessTokenSeconds: number;
  idTokenSeconds: number;
  refreshTokenSeconds: number;
  challengeSeconds: number;
  revocation: boolean;
  hidesUserExistence: boolean;
  /** Undefined: refresh tokens are not rotated. */
  rotationGraceSeconds?: number;
  readAttributes?: ReadonlySet<string>;
  writeAttributes?: ReadonlySet<string>;
}

export interface PoolSettings {
  id: string;
  name: string;
  arn: string;
  region: string;
  issuer: string;
  caseSensitive: boolean;
  /** Attributes that people sign in with instead of a name (`email`, `phone_number`). */
  usernameAttributes: string[];
  /** Attributes that people may sign in with besides their name. */
  aliasAttributes: string[];
  autoVerifiedAttributes: string[];
  passwordPolicy: PasswordPolicy;
  adminCreateUserOnly: boolean;
  preSignUp?: string;
  attributes: ReadonlyMap<string, AttributeSchema>;
  clients: ReadonlyMap<string, Client>;
  groups: ReadonlyMap<string, Group>;
}

/** The pools of a graph. Throws where a pool asks for what cannot be served here. */
export function poolsOf(graph: Graph, region: string): PoolSettings[] {
  return graph.ofType(POOL).map((pool) => poolOf(graph, pool, region));
}

function poolOf(graph: Graph, pool: Resource, region: string): PoolSettings {
  const { inputs, outputs, id } = pool;
  if (inputs.mfaConfiguration === "ON") {
    throw new Error(
      `User pool "${pool.name}" requires MFA (mfaConfiguration ON), which the local user pool does not offer: use OFF or OPTIONAL.`,
    );
  }
  const ofPool = (type: string) =>
    graph.ofType(type).filter((resource) => resource.inputs.userPoolId === id);
  return {
    id,
    name: inputs.name ?? outputs.name ?? pool.name,
    arn: outputs.arn ?? `arn:aws:cognito-idp:${region}:000000000000:userpool/${id}`,
    region,
    issuer: `https://cognito-idp.${region}.amazonaws.com/${id}`,
    // CreateUserPool without a username configuration makes a pool that minds the case.
    caseSensitive: inputs.usernameConfiguration?.caseSensitive ?? !inputs.usernameConfiguration,
    usernameAttributes: inputs.usernameAttributes ?? [],
    aliasAttributes: inputs.aliasAttributes ?? [],
    autoVerifiedAttributes: inputs.autoVerifiedAttributes ?? [],
    passwordPolicy: passwordPolicyOf(inputs.passwordPolicy),
    adminCreateUserOnly: inputs.adminCreateUserConfig?.allowAdminCreateUserOnly ?? false,
    preSignUp: inputs.lambdaConfig?.preSignUp,
    attributes: attributeSchemas(inputs.schemas ?? []),
    clients: new Map(ofPool(CLIENT).map((client) => [client.id, clientOf(client)])),
    groups: new Map(ofPool(GROUP).map((group) => [groupOf(group).name, groupOf(group)])),
  };
}

/** Parts of a pool's configuration that have no effect here, for the log. */
export function ignoredParts(graph: Graph, poolId: string): string[] {
  const inputs = graph.withId(POOL, poolId)?.inputs ?? {};
  const triggers = Object.keys(inputs.lambdaConfig ?? {}).filter((key) => key !== "preSignUp");
  return [
    ...triggers.map((trigger) => `lambdaConfig.${trigger}`),
    ...(inputs.mfaConfiguration === "OPTIONAL" ? ["mfaConfiguration"] : []),
    ...(inputs.passwordPolicy?.passwordHistorySize ? ["passwordPolicy.passwordHistorySize"] : []),
  ];
}

function clientOf({ id, name, inputs }: Resource): Client {
  if (inputs.generateSecret) {
    throw new Error(
      `User pool client "${name}" has a secret (generateSecret), which the local user pool does not support: make it a public client.`,
    );
  }
  const units = inputs.tokenValidityUnits ?? {};
  const rotation = inputs.refreshTokenRotation;
  return {
    id,
    flows: flowsOf(inputs.explicitAuthFlows),
    accessTokenSeconds: seconds(inputs.accessTokenValidity || 1, units.accessToken ?? "hours"),
    idTokenSeconds: seconds(inputs.idTokenValidity || 1, units.idToken ?? "hours"),
    refreshTokenSeconds: seconds(inputs.refreshTokenValidity || 30, units.refreshToken ?? "days"),
    challengeSeconds: seconds(inputs.authSessionValidity || 3, "minutes"),
    revocation: inputs.enableTokenRevocation ?? true,
    hidesUserExistence: inputs.preventUserExistenceErrors === "ENABLED",
    rotationGraceSeconds:
      rotation?.feature === "ENABLED" ? (rotation.retryGracePeriodSeconds ?? 0) : undefined,
    readAttributes: inputs.readAttributes && new Set(inputs.readAttributes),
    writeAttributes: inputs.writeAttributes && new Set(inputs.writeAttributes),
  };
}

/** The names of old (`ADMIN_NO_SRP_AUTH`, ...) always left SRP and refresh open. */
function flowsOf(explicit: string[] | undefined): Set<string> {
  const flows = explicit?.length ? explicit : ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  const names = flows.map((flow) =>
    flow === "ADMIN_NO_SRP_AUTH" ? "ADMIN_USER_PASSWORD_AUTH" : flow.replace(/^ALLOW_/, ""),
  );
  const legacy = flows.some((flow) => !flow.startsWith("ALLOW_"));
  return new Set(legacy ? [...names, "USER_SRP_AUTH", "REFRESH_TOKEN_AUTH"] : names);
}

function groupOf({ name, inputs, outputs }: Resource): Group {
  const { description, precedence, roleArn } = inputs;
  return { name: inputs.name ?? outputs.name ?? name, description, precedence, roleArn };
}

const UNIT_SECONDS: Record<string, number> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};

function seconds(amount: number, unit: string): number {
  const length = UNIT_SECONDS[unit];
  if (length === undefined) throw new Error(`"${unit}" is not a unit of a token's validity.`);
  return amount * length;
}
