import { createAccessLogs } from "./accessLogs";
import { HttpApi } from "./components/httpApi";
import { WebSocketApi, type WebSocketRoute } from "./components/webSocketApi";
import type { StackConfig } from "./config";
import { createWorker } from "./fanout";
import {
  createAuthorizer,
  createDeliverFunction,
  createHttpFunction,
  createRouteFunctions,
  type Resources,
} from "./functions";

export interface Api {
  http: HttpApi;
  webSocket: WebSocketApi;
}

/**
 * The stage's name is the path at which the distribution offers the API: CloudFront hands a path on as it is, and
 * API Gateway takes the first part of it as the stage.
 */
export const webSocketPath = "ws";

/** How a route's answer tells the client about its connection, with no function: a mapping template of API Gateway. */
const infoTemplate =
  '{"type":"info","connectionId":"$context.connectionId","domainName":"$context.domainName",' +
  '"stage":"$context.stage","connectedAt":$context.connectedAt}';

/** The HTTP API and the WebSocket API with the functions behind them. */
export function createApi(config: StackConfig, resources: Resources): Api {
  const name = `${config.application}-${config.environment}`;
  const logs = createAccessLogs(config);

  const webSocket = new WebSocketApi(
    "websocket",
    {
      apiName: `${name}-websocket`,
      stageName: webSocketPath,
      routeSelectionExpression: config.routeSelectionExpression,
      authorizer: { function: createAuthorizer(config, resources) },
      throttle: config.throttle,
      accessLogGroup: logs.webSocket,
      executeApiEndpoint: config.executeApiEndpoint,
      routes: (connections) => {
        const functions = createRouteFunctions(config, resources, connections);
        return {
          $connect: oneWay(functions.connect),
          $disconnect: oneWay(functions.disconnect),
          $default: twoWay(functions.default),
          echo: twoWay(functions.echo),
          send: twoWay(functions.send),
          subscribe: twoWay(functions.subscribe),
          unsubscribe: twoWay(functions.unsubscribe),
          history: twoWay(functions.history),
          presence: twoWay(functions.presence),
          ping: fromTemplate('{"type":"pong"}'),
          info: fromTemplate(infoTemplate),
        };
      },
    },
    { dependsOn: logs.prerequisites },
  );
  createWorker(
    config,
    resources.fanout,
    createDeliverFunction(config, resources, webSocket.connections),
  );

  const http = new HttpApi("http", {
    apiName: `${name}-http`,
    function: createHttpFunction(config, resources, webSocket.connections),
    routes: {
      $default: "authenticated",
      "ANY /http/{proxy+}": "authenticated",
      "GET /http/health": "public",
    },
    jwt: { issuer: resources.auth.issuer, audiences: [resources.auth.userPoolClient.id] },
    allowedOrigins: config.allowedOrigins,
    throttle: config.throttle,
    accessLogGroup: logs.http,
  });

  return { http, webSocket };
}

type RouteFunction = ReturnType<typeof createAuthorizer>;

function oneWay(answering: RouteFunction): WebSocketRoute {
  return { integration: { type: "lambda-proxy", function: answering } };
}

function twoWay(answering: RouteFunction): WebSocketRoute {
  return { integration: { type: "lambda-proxy", function: answering }, twoWay: true };
}

function fromTemplate(responseTemplate: string): WebSocketRoute {
  return { integration: { type: "mock", responseTemplate }, twoWay: true };
}
