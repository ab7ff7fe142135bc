import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Faults } from "../faults";
import type { Graph } from "../graph";
import { sendJson } from "./http";
import { HttpApi } from "./httpApi";
import { Limits, awsLimits } from "./limits";
import { readGraph, unread } from "./readGraph";
import type { Authorizer, Invoker, KeySource, Services } from "./services";
import { TokenBucket } from "./throttle";
import { refuse } from "./upgradeAnswer";
import { WebSocketApi } from "./webSocketApi";

export type { Limits } from "./limits";

export interface ApiGatewayOptions {
  graph: Graph;
  lambda: Invoker;
  iam: Authorizer;
  /** The public keys that JWT authorizers verify with. */
  keys: KeySource;
  log: (line: string) => void;
  /** AWS's own where left out. */
  limits?: Partial<Limits>;
  faults?: Faults;
}

/** API Gateway v2 for a graph: `execute-api` with its HTTP APIs, WebSocket APIs and @connections. */
export interface ApiGateway {
  /** `req.url` is the path at execute-api. */
  request(apiId: string, req: IncomingMessage, res: ServerResponse): void;
  upgrade(apiId: string, req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all connections and lets `$disconnect` run for them. */
  close(): Promise<void>;
}

/** Throws one error that names each resource of API Gateway that is wrong or unknown to the local run. */
export function createApiGateway(options: ApiGatewayOptions): ApiGateway {
  const limits = { ...awsLimits, ...options.limits };
  const services: Services = {
    lambda: options.lambda,
    iam: options.iam,
    keys: options.keys,
    log: options.log,
    limits,
    account: new TokenBucket(limits.accountRate, limits.accountBurst),
    newConnections: new TokenBucket(limits.connectionRate, limits.connectionBurst),
    faults: options.faults ?? {},
  };
  const httpApis = new Map<string, HttpApi>();
  const webSocketApis = new Map<string, WebSocketApi>();
  for (const api of readGraph(options.graph, limits)) {
    if (api.protocol === "HTTP") httpApis.set(api.id, new HttpApi(api, services));
    else webSocketApis.set(api.id, new WebSocketApi(api, services));
    for (const stage of api.stages.filter(({ deployed }) => !deployed)) {
      options.log(
        `${api.name}/${stage.name}: the stage serves nothing: it has neither autoDeploy nor a deploymentId`,
      );
    }
  }
  for (const { type, name } of unread(options.graph)) {
    options.log(`${type} "${name}" has no counterpart in the local run`);
  }
  return {
    request(apiId, req, res) {
      const api = httpApis.get(apiId) ?? webSocketApis.get(apiId);
      if (api) api.request(req, res);
      else sendJson(res, 403, { message: "Forbidden" });
    },
    upgrade(apiId, req, socket, head) {
      const api = webSocketApis.get(apiId);
      if (!api) return refuse(socket, 403, `{"message":"Forbidden"}`);
      api.upgrade(req, socket, head).catch((error: Error) => {
        options.log(`${apiId}: handshake: ${error.stack ?? error.message}`);
        socket.destroy();
      });
    },
    async close() {
      await Promise.all([...webSocketApis.values()].map((api) => api.close()));
    },
  };
}
