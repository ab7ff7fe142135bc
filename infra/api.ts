import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AuthorizerSettings } from "../functions/authorizer";
import type { ConnectSettings } from "../functions/connect";
import type { DefaultSettings } from "../functions/default";
import type { DisconnectSettings } from "../functions/disconnect";
import type { EchoSettings } from "../functions/echo";
import type { HttpSettings } from "../functions/http";
import type { SendSettings } from "../functions/send";
import type { Auth } from "./auth";
import { createAccessLogs } from "./accessLogs";
import {
  BundledFunction,
  type BundledFunctionArgs,
  type Grant,
} from "./components/bundledFunction";
import { HttpApi } from "./components/httpApi";
import { WebSocketApi, type Connections } from "./components/webSocketApi";
import type { StackConfig } from "./config";
import { byConnectionId, type Data } from "./data";
import type { OriginSecret } from "./originSecret";

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
export function createApi(
  config: StackConfig,
  { auth, data, originSecret }: { auth: Auth; data: Data; originSecret: OriginSecret },
): Api {
  const name = `${config.application}-${config.environment}`;
  const logs = createAccessLogs(config);
  const table = data.connections;

  function create<Settings>(
    entry: string,
    description: string,
    settings: BundledFunctionArgs<Settings>["settings"],
    grants: Grant[] = [],
  ): aws.lambda.Function {
    return new BundledFunction<Settings>(entry, {
      entry,
      functionName: `${name}-${entry}`,
      description,
      settings,
      grants,
      defaults: config.functions,
    }).function;
  }

  const authorizer = create<AuthorizerSettings>("authorizer", "Decides who may open a WebSocket", {
    issuer: auth.issuer,
    jwksUri: auth.jwksUri,
    clientIds: pulumi.all([auth.userPoolClient.id]),
    tokenUse: config.tokenUse,
    originSecretDigests: originSecret.digests,
    allowedOrigins: config.allowedOrigins,
  });

  const webSocket = new WebSocketApi(
    "websocket",
    {
      apiName: `${name}-websocket`,
      stageName: webSocketPath,
      routeSelectionExpression: config.routeSelectionExpression,
      authorizer: { function: authorizer },
      throttle: config.throttle,
      accessLogGroup: logs.webSocket,
      executeApiEndpoint: config.executeApiEndpoint,
      routes: (connections) => ({
        $connect: {
          integration: {
            type: "lambda-proxy",
            function: create<ConnectSettings>(
              "connect",
              "Stores the session of a connection",
              { connectionsTable: table.name, connectionsEndpoint: connections.endpoint },
              [grantTable(table, ["dynamodb:PutItem"]), grantConnections(connections, ["DELETE"])],
            ),
          },
        },
        $disconnect: {
          integration: {
            type: "lambda-proxy",
            function: create<DisconnectSettings>(
              "disconnect",
              "Removes the session of a closed connection",
              { connectionsTable: table.name },
              [grantTable(table, ["dynamodb:DeleteItem"]), grantIndex(table, byConnectionId)],
            ),
          },
        },
        $default: {
          integration: {
            type: "lambda-proxy",
            function: create<DefaultSettings>("default", "Answers frames that name no route", {}),
          },
          twoWay: true,
        },
        echo: {
          integration: {
            type: "lambda-proxy",
            function: create<EchoSettings>("echo", "Answers a frame with its own body", {}),
          },
          twoWay: true,
        },
        send: {
          integration: {
            type: "lambda-proxy",
            function: create<SendSettings>(
              "send",
              "Delivers a message to every session of a user",
              { connectionsTable: table.name, connectionsEndpoint: connections.endpoint },
              [
                grantTable(table, ["dynamodb:Query", "dynamodb:DeleteItem"]),
                grantConnections(connections, ["POST", "DELETE"]),
              ],
            ),
          },
          twoWay: true,
        },
        ping: {
          integration: { type: "mock", responseTemplate: '{"type":"pong"}' },
          twoWay: true,
        },
        info: {
          integration: { type: "mock", responseTemplate: infoTemplate },
          twoWay: true,
        },
      }),
    },
    { dependsOn: logs.prerequisites },
  );

  const http = new HttpApi("http", {
    apiName: `${name}-http`,
    function: create<HttpSettings>(
      "http",
      "Answers the HTTP API",
      {
        connectionsTable: table.name,
        connectionsEndpoint: webSocket.connections.endpoint,
        originSecretDigests: originSecret.digests,
      },
      [
        grantTable(table, ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:DeleteItem"]),
        grantConnections(webSocket.connections, ["POST", "DELETE"]),
      ],
    ),
    routes: {
      $default: "authenticated",
      "ANY /http/{proxy+}": "authenticated",
      "GET /http/health": "public",
    },
    jwt: { issuer: auth.issuer, audiences: [auth.userPoolClient.id] },
    allowedOrigins: config.allowedOrigins,
    throttle: config.throttle,
    accessLogGroup: logs.http,
  });

  return { http, webSocket };
}

function grantTable(table: aws.dynamodb.Table, actions: string[]): Grant {
  return { actions, resources: [table.arn] };
}

function grantIndex(table: aws.dynamodb.Table, index: string): Grant {
  return {
    actions: ["dynamodb:Query"],
    resources: [pulumi.interpolate`${table.arn}/index/${index}`],
  };
}

function grantConnections(connections: Connections, methods: ("POST" | "DELETE")[]): Grant {
  return {
    actions: ["execute-api:ManageConnections"],
    resources: methods.map((method) => connections.arn(method)),
  };
}
