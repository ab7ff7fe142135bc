import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AuthorizerSettings } from "../functions/authorizer";
import type { ConnectSettings } from "../functions/connect";
import type { DefaultSettings } from "../functions/default";
import type { DeliverSettings } from "../functions/deliver";
import type { DisconnectSettings } from "../functions/disconnect";
import type { EchoSettings } from "../functions/echo";
import type { HistorySettings } from "../functions/history";
import type { HttpSettings } from "../functions/http";
import type { PresenceSettings } from "../functions/presence";
import type { SendSettings } from "../functions/send";
import type { SubscribeSettings } from "../functions/subscribe";
import type { UnsubscribeSettings } from "../functions/unsubscribe";
import type { Auth } from "./auth";
import {
  BundledFunction,
  type BundledFunctionArgs,
  type Grant,
} from "./components/bundledFunction";
import type { Connections } from "./components/webSocketApi";
import type { StackConfig } from "./config";
import { byConnectionId, type Data } from "./data";
import type { Fanout } from "./fanout";
import { onConnections, onIndex, onQueue, onTable } from "./grants";
import type { OriginSecret } from "./originSecret";

/** What the functions work with. */
export interface Resources {
  auth: Auth;
  data: Data;
  fanout: Fanout;
  originSecret: OriginSecret;
}

type Create = <Settings>(
  entry: string,
  description: string,
  settings: BundledFunctionArgs<Settings>["settings"],
  grants?: Grant[],
) => aws.lambda.Function;

/** Makes functions that are named and sized as the stack says. */
function creator(config: StackConfig): Create {
  return (entry, description, settings, grants) =>
    new BundledFunction(entry, {
      entry,
      functionName: `${config.application}-${config.environment}-${entry}`,
      description,
      settings,
      grants,
      defaults: config.functions,
    }).function;
}

/** The function that decides who may open a WebSocket. */
export function createAuthorizer(
  config: StackConfig,
  { auth, originSecret }: Resources,
): aws.lambda.Function {
  return creator(config)<AuthorizerSettings>("authorizer", "Decides who may open a WebSocket", {
    issuer: auth.issuer,
    jwksUri: auth.jwksUri,
    clientIds: pulumi.all([auth.userPoolClient.id]),
    tokenUse: config.tokenUse,
    originSecretDigests: originSecret.digests,
    allowedOrigins: config.allowedOrigins,
  });
}

/** The functions behind the WebSocket API's routes, by the name of their file. */
export function createRouteFunctions(
  config: StackConfig,
  { data, fanout }: Resources,
  connections: Connections,
) {
  const create = creator(config);
  const { namespaces, inbox } = config;
  const settings = settingsOf(data, fanout, connections);
  const publishes = onQueue(fanout.queue, "SendMessage");
  return {
    connect: create<ConnectSettings>(
      "connect",
      "Stores the session of a connection",
      {
        connectionsTable: settings.connectionsTable,
        subscriptionsTable: settings.subscriptionsTable,
        connectionsEndpoint: settings.connectionsEndpoint,
        fanoutQueueUrl: settings.fanoutQueueUrl,
        namespaces,
      },
      [
        onTable(data.connections, "PutItem"),
        onTable(data.subscriptions, "DeleteItem", "Query"),
        onConnections(connections, "DELETE"),
        publishes,
      ],
    ),
    disconnect: create<DisconnectSettings>(
      "disconnect",
      "Removes the session of a closed connection",
      {
        connectionsTable: settings.connectionsTable,
        subscriptionsTable: settings.subscriptionsTable,
        fanoutQueueUrl: settings.fanoutQueueUrl,
        namespaces,
      },
      [
        onTable(data.connections, "DeleteItem"),
        onIndex(data.connections, byConnectionId),
        onTable(data.subscriptions, "DeleteItem", "Query"),
        publishes,
      ],
    ),
    default: create<DefaultSettings>("default", "Answers frames that name no route", {}),
    echo: create<EchoSettings>("echo", "Answers a frame with its own body", {}),
    send: create<SendSettings>(
      "send",
      "Stores a message and delivers it",
      { ...settings, namespaces, inbox },
      publishingGrants(data, fanout, connections),
    ),
    subscribe: create<SubscribeSettings>(
      "subscribe",
      "Has a connection listen to a channel, and tells what it missed",
      {
        connectionsTable: settings.connectionsTable,
        subscriptionsTable: settings.subscriptionsTable,
        messagesTable: settings.messagesTable,
        fanoutQueueUrl: settings.fanoutQueueUrl,
        namespaces,
        inbox,
      },
      [
        onTable(data.connections, "GetItem", "UpdateItem"),
        onTable(data.subscriptions, "PutItem", "Query"),
        onTable(data.messages, "Query"),
        publishes,
      ],
    ),
    unsubscribe: create<UnsubscribeSettings>(
      "unsubscribe",
      "Has a connection listen no longer",
      {
        connectionsTable: settings.connectionsTable,
        subscriptionsTable: settings.subscriptionsTable,
        fanoutQueueUrl: settings.fanoutQueueUrl,
        namespaces,
      },
      [
        onTable(data.connections, "UpdateItem"),
        onTable(data.subscriptions, "DeleteItem", "Query"),
        publishes,
      ],
    ),
    history: create<HistorySettings>(
      "history",
      "Reads what was said in a channel",
      { messagesTable: settings.messagesTable, namespaces, inbox },
      [onTable(data.messages, "Query")],
    ),
    presence: create<PresenceSettings>(
      "presence",
      "Tells who is in a channel",
      { subscriptionsTable: settings.subscriptionsTable, namespaces },
      [onTable(data.subscriptions, "Query")],
    ),
  };
}

/** The function behind the HTTP API. */
export function createHttpFunction(
  config: StackConfig,
  { data, fanout, originSecret }: Resources,
  connections: Connections,
): aws.lambda.Function {
  return creator(config)<HttpSettings>(
    "http",
    "Answers the HTTP API",
    {
      ...settingsOf(data, fanout, connections),
      namespaces: config.namespaces,
      inbox: config.inbox,
      originSecretDigests: originSecret.digests,
    },
    [onTable(data.connections, "GetItem"), ...publishingGrants(data, fanout, connections)],
  );
}

/** The worker that delivers to ranges of a large channel's subscribers. */
export function createDeliverFunction(
  config: StackConfig,
  { data, fanout }: Resources,
  connections: Connections,
): aws.lambda.Function {
  const { connectionsTable, subscriptionsTable, connectionsEndpoint, fanoutQueueUrl } = settingsOf(
    data,
    fanout,
    connections,
  );
  return creator(config)<DeliverSettings>(
    "deliver",
    "Delivers to a range of a channel's subscribers",
    {
      connectionsTable,
      subscriptionsTable,
      connectionsEndpoint,
      fanoutQueueUrl,
      namespaces: config.namespaces,
    },
    [
      onTable(data.connections, "DeleteItem"),
      onTable(data.subscriptions, "DeleteItem", "Query"),
      onConnections(connections, "POST", "DELETE"),
      onQueue(fanout.queue, "SendMessage"),
      onQueue(fanout.queue, "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    ],
  );
}

function settingsOf(data: Data, fanout: Fanout, connections: Connections) {
  return {
    connectionsTable: data.connections.name,
    subscriptionsTable: data.subscriptions.name,
    messagesTable: data.messages.name,
    connectionsEndpoint: connections.endpoint,
    fanoutQueueUrl: fanout.queue.url,
  };
}

/** What it takes to store a message, deliver it, and clean up after sessions that are gone. */
function publishingGrants(data: Data, fanout: Fanout, connections: Connections): Grant[] {
  return [
    onTable(data.connections, "DeleteItem", "Query"),
    onTable(data.subscriptions, "DeleteItem", "Query"),
    onTable(data.messages, "PutItem", "Query"),
    onConnections(connections, "POST", "DELETE"),
    onQueue(fanout.queue, "SendMessage"),
  ];
}
