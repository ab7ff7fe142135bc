import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { createDynamoClient } from "./dynamoClient";
import {
  NewerSession,
  SessionOver,
  TooManyChannels,
  type Session,
  type SessionStore,
} from "./sessions";

/** Index of the connections table whose hash key is the connection id. */
const CONNECTION_INDEX = "byConnectionId";

/** The sessions in the connections table. */
export function createDynamoSessions(table: string, client = createDynamoClient()): SessionStore {
  return {
    async put(session) {
      const command = new PutCommand({
        TableName: table,
        Item: session,
        // API Gateway runs two handshakes side by side: the later one wins, in whatever order they arrive.
        ConditionExpression: "attribute_not_exists(username) OR connectedAt <= :connectedAt",
        ExpressionAttributeValues: { ":connectedAt": session.connectedAt },
        ReturnValues: "ALL_OLD",
      });
      try {
        return (await client.send(command)).Attributes as Session | undefined;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) {
          throw new NewerSession("a newer connection holds this session key");
        }
        throw error;
      }
    },

    async remove({ username, sessionKey, connectionId }) {
      const command = new DeleteCommand({
        TableName: table,
        Key: { username, sessionKey },
        ConditionExpression: "connectionId = :connectionId",
        ExpressionAttributeValues: { ":connectionId": connectionId },
        ReturnValues: "ALL_OLD",
      });
      try {
        return (await client.send(command)).Attributes as Session | undefined;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    async addChannel({ username, sessionKey, connectionId }, channel, most) {
      const command = new UpdateCommand({
        TableName: table,
        Key: { username, sessionKey },
        UpdateExpression: "ADD #channels :channels",
        ConditionExpression:
          "connectionId = :connectionId AND (attribute_not_exists(#channels)" +
          " OR size(#channels) < :most OR contains(#channels, :channel))",
        ExpressionAttributeNames: { "#channels": "channels" },
        ExpressionAttributeValues: {
          ":connectionId": connectionId,
          ":channels": new Set([channel]),
          ":channel": channel,
          ":most": most,
        },
        ReturnValues: "ALL_NEW",
      });
      try {
        return (await client.send(command)).Attributes as Session;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const Key = { username, sessionKey };
        const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
        if ((await client.send(get)).Item?.connectionId === connectionId) {
          throw new TooManyChannels(`the session has ${most} channels`);
        }
        throw new SessionOver("the connection has no session");
      }
    },

    async removeChannel({ username, sessionKey, connectionId }, channel) {
      const command = new UpdateCommand({
        TableName: table,
        Key: { username, sessionKey },
        UpdateExpression: "DELETE #channels :channels",
        ConditionExpression: "connectionId = :connectionId",
        ExpressionAttributeNames: { "#channels": "channels" },
        ExpressionAttributeValues: {
          ":connectionId": connectionId,
          ":channels": new Set([channel]),
        },
      });
      try {
        await client.send(command);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async get(username, sessionKey) {
      const Key = { username, sessionKey };
      const command = new GetCommand({ TableName: table, Key, ConsistentRead: true });
      return (await client.send(command)).Item as Session | undefined;
    },

    async page(username, after, limit) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: "username = :username",
        ExpressionAttributeValues: { ":username": username },
        ExclusiveStartKey: after === undefined ? undefined : { username, sessionKey: after },
        // A session that was stored before a message was sent gets it.
        ConsistentRead: true,
        Limit: limit,
      });
      const { Items, LastEvaluatedKey } = await client.send(command);
      return { sessions: (Items ?? []) as Session[], next: LastEvaluatedKey?.sessionKey };
    },

    async findByConnection(connectionId) {
      const command = new QueryCommand({
        TableName: table,
        IndexName: CONNECTION_INDEX,
        KeyConditionExpression: "connectionId = :connectionId",
        ExpressionAttributeValues: { ":connectionId": connectionId },
      });
      return (await client.send(command)).Items?.[0] as Session | undefined;
    },
  };
}
