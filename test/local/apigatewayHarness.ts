import { IncomingMessage, ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import WebSocket from "ws";
import { ApiGateway, Limits, createApiGateway } from "../../local/apigateway";
import type { Caller, InvokeResult, KeySource } from "../../local/apigateway/services";
import { Graph, Resource } from "../../local/graph";

/** A function of the stand-in for Lambda. */
export type Handler = (event: any, caller: Caller) => unknown;

export const region = "eu-west-1";
export const account = "000000000000";

export function functionArn(name: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

export function invokeArn(name: string): string {
  return `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`;
}

/** A resource of API Gateway v2; its id is its name. */
export function resource(kind: string, name: string, inputs: Record<string, any>): Resource {
  const type = `aws:apigatewayv2/${kind}:${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  const executionArn = `arn:aws:execute-api:${region}:${account}:${name}`;
  const outputs = { ...inputs, id: name, ...(kind === "api" && { executionArn }) };
  return { urn: `urn:${type}::${name}`, type, name, id: name, inputs, outputs };
}

export interface RouteOptions {
  integration?: Record<string, any>;
  route?: Record<string, any>;
  /** The response template of a mock or non-proxy integration. */
  response?: string;
  twoWay?: boolean;
}

/** A route with its integration, and a route response where it is two-way. The function is named like the route. */
export function route(apiId: string, key: string, options: RouteOptions = {}): Resource[] {
  const name = `${apiId}-${key}`;
  const resources = [
    resource("integration", `${name}-integration`, {
      apiId,
      integrationType: "AWS_PROXY",
      integrationUri: invokeArn(key.replace(/\W/g, "")),
      payloadFormatVersion: "2.0",
      ...options.integration,
    }),
    resource("route", name, {
      apiId,
      routeKey: key,
      target: `integrations/${name}-integration`,
      ...(options.twoWay && { routeResponseSelectionExpression: "$default" }),
      ...options.route,
    }),
  ];
  if (options.twoWay) {
    const inputs = { apiId, routeId: name, routeResponseKey: "$default" };
    resources.push(resource("routeResponse", `${name}-response`, inputs));
  }
  if (options.response !== undefined) {
    resources.push(
      resource("integrationResponse", `${name}-answer`, {
        apiId,
        integrationId: `${name}-integration`,
        integrationResponseKey: "$default",
        templateSelectionExpression: "\\$default",
        responseTemplates: { $default: options.response },
      }),
    );
  }
  return resources;
}

/** A mock route that answers with a template. */
export function mockRoute(apiId: string, key: string, response: string): Resource[] {
  return route(apiId, key, {
    twoWay: true,
    response,
    integration: {
      integrationType: "MOCK",
      integrationUri: undefined,
      templateSelectionExpression: "200",
      requestTemplates: { "200": '{"statusCode":200}' },
    },
  });
}

export function webSocketApi(stage: Record<string, any> = {}, id = "ws"): Resource[] {
  return [
    resource("api", id, {
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
    }),
    resource("stage", `${id}-stage`, { apiId: id, name: "live", autoDeploy: true, ...stage }),
  ];
}

export interface Running {
  gateway: ApiGateway;
  /** `http://127.0.0.1:<port>`; paths begin with the API's id. */
  url: string;
  invocations: { name: string; event: any; caller: Caller }[];
  lines: string[];
  /** Opens a WebSocket and waits for it. */
  connect(path?: string, options?: WebSocket.ClientOptions, protocols?: string[]): Promise<Client>;
  close(): Promise<void>;
}

export interface Options {
  handlers?: Record<string, Handler>;
  /** Source ARNs that may invoke a function; any when a function is not listed. */
  permissions?: Record<string, string[]>;
  limits?: Partial<Limits>;
  keys?: KeySource;
  /** Resources of execute-api that the key AKIATEST may manage. */
  allowed?: RegExp;
}

const running = new Set<Running>();

/** Closes what the tests of a file have started. */
export async function closeAll(): Promise<void> {
  await Promise.all([...running].map((gateway) => gateway.close()));
}

export async function start(resources: Resource[], options: Options = {}): Promise<Running> {
  const invocations: Running["invocations"] = [];
  const lines: string[] = [];
  const invoke = async (arn: string, event: any, caller: Caller): Promise<InvokeResult> => {
    const name = arn.split(":").at(-1)!;
    const permitted = options.permissions?.[name];
    if (permitted && !permitted.includes(caller.sourceArn)) {
      throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    }
    const handler = options.handlers?.[name];
    if (!handler) {
      const error = new Error(`Function not found: ${arn}`);
      throw Object.assign(error, { name: "ResourceNotFoundException" });
    }
    const plain = JSON.parse(JSON.stringify(event));
    invocations.push({ name, event: plain, caller });
    try {
      const payload = await handler(plain, caller);
      return { payload: payload === undefined ? null : JSON.parse(JSON.stringify(payload)) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { functionError: { errorType, errorMessage } };
    }
  };
  const gateway = createApiGateway({
    graph: new Graph(resources),
    lambda: { invoke },
    iam: {
      authorize(key, action, arn) {
        if (key === "AKIATEST" && options.allowed?.test(`${action} ${arn}`)) return;
        throw Object.assign(new Error(`${key} is not authorized to perform: ${action} on ${arn}`), {
          name: key === "AKIATEST" ? "AccessDenied" : "UnrecognizedClientException",
        });
      },
    },
    keys: options.keys ?? (() => Promise.resolve({ keys: [] })),
    log: (line) => lines.push(line),
    limits: options.limits,
  });
  const take = (req: IncomingMessage) => {
    const [, apiId = "", rest = ""] = /^\/([^/]+)(.*)$/.exec(req.url ?? "") ?? [];
    req.url = rest || "/";
    return apiId;
  };
  const server = createServer((req: IncomingMessage, res: ServerResponse) =>
    gateway.request(take(req), req, res),
  );
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    gateway.upgrade(take(req), req, socket, head),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const result: Running = {
    gateway,
    url,
    invocations,
    lines,
    connect: (path = "/ws/live", clientOptions, protocols) =>
      connect(url + path, clientOptions, protocols),
    async close() {
      running.delete(result);
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  running.add(result);
  return result;
}

/** A refused handshake. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: any,
    readonly headers: IncomingMessage["headers"],
  ) {
    super(`handshake refused with ${status}: ${JSON.stringify(body)}`);
  }
}

export interface Client {
  socket: WebSocket;
  headers: IncomingMessage["headers"];
  /** The next message, parsed where it is JSON. */
  next(): Promise<any>;
  /** Sends a frame (as JSON unless it is a string) and waits for the next message. */
  ask(frame: unknown): Promise<any>;
  /** Resolves with the close code and reason. */
  closed: Promise<{ code: number; reason: string }>;
}

function connect(
  url: string,
  options: WebSocket.ClientOptions = {},
  protocols: string[] = [],
): Promise<Client> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), protocols, options);
  const received: any[] = [];
  const waiting: ((message: any) => void)[] = [];
  let headers: IncomingMessage["headers"] = {};
  socket.on("message", (data: Buffer) => {
    const message = parse(data.toString());
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else received.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const next = () =>
    received.length > 0
      ? Promise.resolve(received.shift())
      : new Promise<any>((resolve) => waiting.push(resolve));
  return new Promise((resolve, reject) => {
    socket.on("upgrade", (response) => (headers = response.headers));
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () =>
        reject(new Refused(response.statusCode!, parse(body), response.headers)),
      );
    });
    socket.on("error", reject);
    socket.on("open", () =>
      resolve({
        socket,
        headers,
        next,
        ask(frame) {
          socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
          return next();
        },
        closed,
      }),
    );
  });
}

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Waits until a condition holds, by turns of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
