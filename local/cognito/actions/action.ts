import * as v from "valibot";
import { CognitoError, invalidParameter, notAuthorized, resourceNotFound } from "../errors";
import type { Pool } from "../pool";
import type { Client } from "../poolSettings";
import type { User } from "../store";
import { userOfAccessToken } from "../sessions";
import type { AccessClaims } from "../tokens";

/** The part of the local IAM that administrators' calls need. */
export interface Authorizer {
  authorize(accessKeyId: string, action: string, resourceArn: string): void;
}

/** What the actions of all pools work on. */
export interface Service {
  pools: ReadonlyMap<string, Pool>;
  iam: Authorizer;
}

export interface Call {
  name: string;
  body: unknown;
  /** The `Authorization` header. */
  authorization?: string;
}

export type Action = (service: Service, call: Call) => Promise<object>;

type Input<E extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<E, undefined>>;

const PATTERN = "Member must satisfy regular expression pattern:";

export const fields = {
  username: v.pipe(
    v.string(),
    v.minLength(1, "Member must have length greater than or equal to 1"),
    v.maxLength(128, "Member must have length less than or equal to 128"),
    v.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u, `${PATTERN} [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+`),
  ),
  password: v.pipe(
    v.string(),
    v.maxLength(256, "Member must have length less than or equal to 256"),
    v.regex(/^\S.*\S$/, `${PATTERN} ^[\\S]+.*[\\S]+$`),
  ),
  code: v.pipe(
    v.string(),
    v.minLength(1, "Member must have length greater than or equal to 1"),
    v.maxLength(2048, "Member must have length less than or equal to 2048"),
  ),
  attributes: v.optional(
    v.array(v.object({ Name: v.string(), Value: v.optional(v.string()) })),
    [],
  ),
  strings: v.optional(v.record(v.string(), v.string())),
  flag: v.optional(v.boolean(), false),
};

/** An action that anybody may call through an app client. */
export function clientAction<E extends v.ObjectEntries>(
  entries: E,
  run: (call: { pool: Pool; client: Client; input: Input<E> }) => Promise<object>,
): Action {
  return async (service, { body }) => {
    const { ClientId: id } = parse(v.object({ ClientId: v.string() }), body);
    const input = parse(v.object(entries), body);
    for (const pool of service.pools.values()) {
      const client = pool.settings.clients.get(id);
      if (!client) continue;
      refuseSecretHash(id, body);
      return run({ pool, client, input });
    }
    throw resourceNotFound(`User pool client ${id} does not exist.`);
  };
}

/** An action of a user on themselves, by access token. */
export function userAction<E extends v.ObjectEntries>(
  entries: E,
  run: (call: {
    pool: Pool;
    user: User;
    /** Undefined where the client is gone since the token was issued. */
    client: Client | undefined;
    claims: AccessClaims;
    input: Input<E>;
  }) => Promise<object>,
): Action {
  return async (service, { body }) => {
    const { AccessToken: token } = parse(v.object({ AccessToken: v.string() }), body);
    const input = parse(v.object(entries), body);
    const issuer = issuerOf(token);
    const pool = [...service.pools.values()].find(({ settings }) => settings.issuer === issuer);
    if (!pool) throw notAuthorized("Invalid Access Token");
    const { user, claims } = userOfAccessToken(pool, token);
    return run({ pool, user, client: pool.settings.clients.get(claims.client_id), claims, input });
  };
}

/** An action that IAM must allow on the pool. */
export function adminAction<E extends v.ObjectEntries>(
  entries: E,
  run: (call: { pool: Pool; input: Input<E> }) => Promise<object>,
): Action {
  return async (service, { name, body, authorization }) => {
    const accessKeyId = /Credential=([^/,\s]+)\//.exec(authorization ?? "")?.[1];
    if (!accessKeyId) {
      throw new CognitoError("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const { UserPoolId: id } = parse(v.object({ UserPoolId: v.string() }), body);
    const pool = service.pools.get(id);
    // As on AWS, IAM is asked first: who may not call learns nothing about the pool.
    const arn = pool?.settings.arn ?? `arn:aws:cognito-idp:*:000000000000:userpool/${id}`;
    authorize(service.iam, accessKeyId, `cognito-idp:${name}`, arn);
    if (!pool) throw resourceNotFound(`User pool ${id} does not exist.`);
    return run({ pool, input: parse(v.object(entries), body) });
  };
}

function authorize(iam: Authorizer, accessKeyId: string, action: string, arn: string): void {
  try {
    iam.authorize(accessKeyId, action, arn);
  } catch (error) {
    const { name, message } = error as Error;
    const refusal = name === "AccessDeniedException" || name === "UnrecognizedClientException";
    throw refusal ? new CognitoError(name, message) : error;
  }
}

function issuerOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).iss;
  } catch {
    // Not a token at all; the caller says so.
    return undefined;
  }
}

/** Clients here have no secret, so that whoever sends a hash of one talks to the wrong client. */
function refuseSecretHash(clientId: string, body: unknown): void {
  const { SecretHash, AuthParameters, ChallengeResponses } = body as Record<string, any>;
  if (SecretHash ?? AuthParameters?.SECRET_HASH ?? ChallengeResponses?.SECRET_HASH) {
    throw notAuthorized(`Unable to verify secret hash for client ${clientId}`);
  }
}

function parse<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "body";
  const member = path.charAt(0).toLowerCase() + path.slice(1);
  if (issue.received === "undefined" || issue.received === "null") {
    throw invalidParameter(
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (issue.kind === "schema") {
    throw new CognitoError(
      "SerializationException",
      `${path} has the wrong type: expected ${issue.expected ?? "another"}`,
    );
  }
  throw invalidParameter(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${issue.message}`,
  );
}
