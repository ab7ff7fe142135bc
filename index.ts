import * as aws from "@pulumi/aws";
import { createApi } from "./infra/api";
import { createAuth } from "./infra/auth";
import { publishClientConfig } from "./infra/clientConfig";
import { readConfig } from "./infra/config";
import { createData } from "./infra/data";
import { createEdge } from "./infra/edge";
import { createFanout } from "./infra/fanout";
import { createOriginSecret } from "./infra/originSecret";

const config = readConfig();
const originSecret = createOriginSecret();

const data = createData(config);
const auth = createAuth(config);
const fanout = createFanout(config);
const api = createApi(config, { auth, data, fanout, originSecret });
const edge = createEdge(config, { api, originSecret });
publishClientConfig(config, { auth, edge });

export const region = aws.getRegionOutput().region;
export const url = edge.url;
export const webSocketUrl = edge.webSocketUrl;
export const userPoolId = auth.userPool.id;
export const userPoolClientId = auth.userPoolClient.id;
export const connectionsTable = data.connections.name;
export const subscriptionsTable = data.subscriptions.name;
export const messagesTable = data.messages.name;
