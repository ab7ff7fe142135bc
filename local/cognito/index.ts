import type { JsonWebKey } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Graph } from "../graph";
import { runAction } from "./actions";
import type { Authorizer, Service } from "./actions/action";
import { CognitoError, resourceNotFound } from "./errors";
import {
  allowOrigins,
  answer,
  answerDocument,
  answerError,
  answerPreflight,
  readCall,
} from "./http";
import { ensureUser, tokensFor, type LocalUser, type LocalUserRequest } from "./localUser";
import { openPool, type Pool } from "./pool";
import { ignoredParts, poolsOf } from "./poolSettings";
import type { AuthenticationResult } from "./tokens";
import type { TriggerInvoker } from "./trigger";

export type { LocalUser, LocalUserRequest } from "./localUser";
export type { AuthenticationResult } from "./tokens";

export interface CognitoOptions {
  graph: Graph;
  lambda: TriggerInvoker;
  iam: Authorizer;
  /** Where keys and users are kept; made if absent. */
  folder: string;
  region: string;
  log: (line: string) => void;
  /** Epoch milliseconds; for tests of what expires. */
  clock?: () => number;
}

/** The user pools of a graph, served as Amazon Cognito's API. */
export interface Cognito {
  /** `POST /` with `X-Amz-Target`, `GET /{poolId}/.well-known/jwks.json` and `.../openid-configuration`, and preflights. */
  request(req: IncomingMessage, res: ServerResponse): void;
  /** The public keys of an issuer, for those who verify tokens in process. */
  keys(issuer: string): Promise<{ keys: JsonWebKey[] }>;
  /** Makes a confirmed user with this password, or sets the password of the one there is. Asks no IAM. */
  ensureUser(poolId: string, user: LocalUserRequest): Promise<LocalUser>;
  /** Tokens for a user without a password, for the operator's own use. Asks no IAM. */
  tokensFor(clientId: string, username: string): Promise<AuthenticationResult>;
  /** Resolves once everything is on disk. */
  close(): Promise<void>;
}

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";

export async function createCognito(options: CognitoOptions): Promise<Cognito> {
  const { graph, lambda, iam, folder, region, log, clock = Date.now } = options;
  await mkdir(folder, { recursive: true });
  const settings = poolsOf(graph, region);
  const opened = settings.map((pool) => openPool(pool, { folder, lambda, clock, log }));
  const pools = new Map((await Promise.all(opened)).map((pool) => [pool.settings.id, pool]));
  for (const { id, name } of settings) {
    const ignored = ignoredParts(graph, id);
    if (ignored.length > 0) log(`cognito: without effect here, in ${name}: ${ignored.join(", ")}`);
  }
  const service: Service = { pools, iam };
  return {
    request: (req, res) => void respond(service, req, res, log),
    keys: async (issuer) => jwks(requirePool(pools, ({ settings }) => settings.issuer === issuer)),
    ensureUser: async (poolId, user) =>
      ensureUser(
        requirePool(pools, ({ settings }) => settings.id === poolId),
        user,
      ),
    tokensFor: async (clientId, username) =>
      tokensFor(
        requirePool(pools, ({ settings }) => settings.clients.has(clientId)),
        clientId,
        username,
      ),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.store.settled()));
    },
  };
}

async function respond(
  service: Service,
  req: IncomingMessage,
  res: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  try {
    allowOrigins(res);
    if (req.method === "OPTIONS") answerPreflight(res);
    else if (req.method === "GET") answerDocument(res, document(service, req));
    else answer(res, await runAction(service, await readAction(req)));
  } catch (error) {
    if (error instanceof CognitoError) return answerError(res, error);
    if (req.destroyed && !req.complete) return;
    log(`cognito: ${(error as Error).stack ?? String(error)}`);
    answerError(res, new CognitoError("InternalErrorException", "Internal error", 500));
  }
}

async function readAction(req: IncomingMessage) {
  const target = String(req.headers["x-amz-target"] ?? "");
  const body = await readCall(req);
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target;
  return { name, body, authorization: req.headers.authorization };
}

function document({ pools }: Service, req: IncomingMessage): object {
  const path = (req.url ?? "").split("?")[0] ?? "";
  const [, id, file] = /^\/([^/]+)\/\.well-known\/([a-z.-]+)$/.exec(path) ?? [];
  const pool = pools.get(id ?? "");
  if (!pool) throw new CognitoError("ResourceNotFoundException", `There is no ${path} here.`, 404);
  if (file === "jwks.json") return jwks(pool);
  if (file === "openid-configuration") return openidConfiguration(pool, req.headers.host ?? "");
  throw new CognitoError("ResourceNotFoundException", `There is no ${path} here.`, 404);
}

function jwks(pool: Pool): { keys: JsonWebKey[] } {
  return { keys: [pool.key.jwk] };
}

/** The issuer is AWS's, as in the tokens; the keys are where this service is reached. */
function openidConfiguration({ settings }: Pool, host: string): object {
  return {
    issuer: settings.issuer,
    jwks_uri: `http://${host}/${settings.id}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "token"],
    scopes_supported: ["openid", "email", "phone", "profile"],
    subject_types_supported: ["public"],
  };
}

function requirePool(pools: ReadonlyMap<string, Pool>, wanted: (pool: Pool) => boolean): Pool {
  const pool = [...pools.values()].find(wanted);
  if (!pool) throw resourceNotFound("There is no such user pool here.");
  return pool;
}
