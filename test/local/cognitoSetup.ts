import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
} from "@aws-sdk/client-cognito-identity-provider";
import { createCognito, type Cognito, type CognitoOptions } from "../../local/cognito";
import type { TriggerInvoker } from "../../local/cognito/trigger";
import { Graph, type Resource } from "../../local/graph";

export const REGION = "eu-west-1";
export const POOL_ID = "eu-west-1_Pool12345";
export const CLIENT_ID = "client12345";
export const POOL_ARN = `arn:aws:cognito-idp:${REGION}:000000000000:userpool/${POOL_ID}`;
export const ISSUER = `https://cognito-idp.${REGION}.amazonaws.com/${POOL_ID}`;
export const PASSWORD = "Correct-Horse-1";

export interface Setup {
  pool?: Record<string, unknown>;
  client?: Record<string, unknown>;
  groups?: Record<string, unknown>[];
  invoke?: TriggerInvoker["invoke"];
  /** Keeps the state of another service. */
  folder?: string;
}

export interface TestService {
  cognito: Cognito;
  endpoint: string;
  folder: string;
  log: string[];
  /** Moves the service's clock, in milliseconds. */
  pass(ms: number): void;
  /** Calls an action as clients do, without any. */
  call(action: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  sdk(accessKeyId?: string): CognitoIdentityProviderClient;
  /** The last code that was logged. */
  code(): string;
  /** Stops the service and keeps its folder. */
  stop(): Promise<void>;
  /** Stops the service and removes its folder. */
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, any>;
}

/** A user pool service with one pool and one client, on a port of its own. */
export async function startCognito(setup: Setup = {}): Promise<TestService> {
  const folder = setup.folder ?? (await mkdtemp(join(tmpdir(), "cognito-")));
  const log: string[] = [];
  let offset = 0;
  const options: CognitoOptions = {
    graph: graphOf(setup),
    lambda: { invoke: setup.invoke ?? (() => Promise.reject(new Error("No function here"))) },
    iam: { authorize },
    folder,
    region: REGION,
    log: (line) => log.push(line),
    clock: () => Date.now() + offset,
  };
  const cognito = await createCognito(options).catch(async (error) => {
    if (!setup.folder) await rm(folder, { recursive: true });
    throw error;
  });
  const server = createServer((req, res) => cognito.request(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: CognitoIdentityProviderClient[] = [];
  const stop = async () => {
    for (const client of clients) client.destroy();
    await closeServer(server);
    await cognito.close();
  };
  return {
    cognito,
    endpoint,
    folder,
    log,
    pass: (ms) => void (offset += ms),
    call: (action, body, headers) => call(endpoint, action, body, headers),
    sdk: (accessKeyId = "ADMIN") => {
      const client = new CognitoIdentityProviderClient(sdkConfig(endpoint, accessKeyId));
      clients.push(client);
      return client;
    },
    code: () => /: (\d{6})$/.exec(log.at(-1) ?? "")?.[1] ?? "",
    stop,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Stands in for IAM: `ADMIN` may do everything, `GUEST` nothing, and nobody else is known. */
function authorize(accessKeyId: string, action: string, resourceArn: string): void {
  if (accessKeyId === "ADMIN") return;
  const known = accessKeyId === "GUEST";
  const message = `User: guest is not authorized to perform: ${action} on resource: ${resourceArn}`;
  const invalid = "The security token included in the request is invalid.";
  throw Object.assign(new Error(known ? message : invalid), {
    name: known ? "AccessDeniedException" : "UnrecognizedClientException",
  });
}

function graphOf({ pool = {}, client = {}, groups = [] }: Setup): Graph {
  const resource = (type: string, id: string, inputs: Record<string, unknown>): Resource => ({
    urn: `urn:pulumi:test::test::${type}::${id}`,
    type,
    name: id,
    id,
    inputs,
    outputs: { ...inputs, id },
  });
  const flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  return new Graph([
    resource("aws:cognito/userPool:UserPool", POOL_ID, {
      name: "people",
      autoVerifiedAttributes: ["email"],
      ...pool,
    }),
    resource("aws:cognito/userPoolClient:UserPoolClient", CLIENT_ID, {
      userPoolId: POOL_ID,
      explicitAuthFlows: flows,
      preventUserExistenceErrors: "ENABLED",
      ...client,
    }),
    ...groups.map((group) =>
      resource("aws:cognito/userGroup:UserGroup", `${POOL_ID}/${group.name as string}`, {
        userPoolId: POOL_ID,
        ...group,
      }),
    ),
  ]);
}

function sdkConfig(endpoint: string, accessKeyId: string): CognitoIdentityProviderClientConfig {
  const credentials = { accessKeyId, secretAccessKey: "secret" };
  return { endpoint, region: REGION, credentials, maxAttempts: 1 };
}

async function call(
  endpoint: string,
  action: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${action}`,
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, any>;
  return { status: response.status, headers: response.headers, body: answer };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** The error of an answer, as `Name: message`. */
export function errorOf({ status, headers, body }: Answer): string {
  if (status !== 400 || headers.get("x-amzn-errortype") !== body.__type) {
    throw new Error(`Not an error as AWS's: ${status} ${JSON.stringify(body)}`);
  }
  return `${body.__type}: ${body.message}`;
}

export const claimsOf = (token: string): Record<string, any> =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8"));

/** Signs in with the user's password in clear. */
export async function signIn(
  service: TestService,
  username: string,
  password = PASSWORD,
): Promise<Answer> {
  return service.call("InitiateAuth", {
    ClientId: CLIENT_ID,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
}

export async function tokensOf(service: TestService, username: string): Promise<Tokens> {
  const { body } = await signIn(service, username);
  if (!body.AuthenticationResult) throw new Error(JSON.stringify(body));
  return body.AuthenticationResult;
}

export interface Tokens {
  AccessToken: string;
  IdToken: string;
  RefreshToken: string;
  ExpiresIn: number;
  TokenType: string;
}

export const ALICE = { username: "alice", password: PASSWORD, email: "alice@example.com" };
