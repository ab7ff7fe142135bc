// Copied next to serverless-offline, below the project's folder, where the project's packages are found.
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import process from "node:process";

const client = new ApiGatewayManagementApiClient({
  endpoint: process.env.CONNECTIONS_ENDPOINT,
  region: "eu-west-1",
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
});

export const connect = async () => ({ statusCode: 200 });

export const ping = async () => ({ statusCode: 200, body: '{"type":"pong"}' });

export const echo = async (event) => {
  const { id, body } = JSON.parse(event.body);
  return { statusCode: 200, body: JSON.stringify({ type: "echo", id, body }) };
};

/** To the connection that sent it: there is no table to look a user up in. */
export const send = async (event) => {
  const { id, channel, body } = JSON.parse(event.body);
  await client.send(
    new PostToConnectionCommand({
      ConnectionId: event.requestContext.connectionId,
      Data: JSON.stringify({ type: "message", channel, id, body }),
    }),
  );
  return {
    statusCode: 200,
    body: JSON.stringify({ type: "ack", id, channel }),
  };
};
