import * as aws from "@pulumi/aws";
import type { StackConfig } from "./config";

export interface Data {
  /**
   * One row a live session: `username` and `sessionKey` name it, {@link byConnectionId} finds it by its connection.
   * It holds the channels that the connection is subscribed to.
   */
  connections: aws.dynamodb.Table;
  /**
   * Who listens to a channel: a row for each connection. `subscriber` begins with a hash of the user's name, so
   * that ranges of it are even, and the connections of a user stand together.
   */
  subscriptions: aws.dynamodb.Table;
  /** The log of each channel. `position` only grows; what clients know as the offset counts from 1 in each epoch. */
  messages: aws.dynamodb.Table;
}

/** The index of the connections table that finds a session by its connection id. */
export const byConnectionId = "byConnectionId";

type DataConfig = Pick<
  StackConfig,
  "application" | "environment" | "pointInTimeRecovery" | "protect"
>;

/** The tables, with their protection as the stack's settings say. */
export function createData(config: DataConfig): Data {
  return {
    connections: createTable(config, "connections", {
      attributes: [
        { name: "username", type: "S" },
        { name: "sessionKey", type: "S" },
        { name: "connectionId", type: "S" },
      ],
      hashKey: "username",
      rangeKey: "sessionKey",
      globalSecondaryIndexes: [
        {
          name: byConnectionId,
          keySchemas: [{ attributeName: "connectionId", keyType: "HASH" }],
          projectionType: "ALL",
        },
      ],
    }),
    subscriptions: createTable(config, "subscriptions", {
      attributes: [
        { name: "channel", type: "S" },
        { name: "subscriber", type: "S" },
      ],
      hashKey: "channel",
      rangeKey: "subscriber",
    }),
    messages: createTable(config, "messages", {
      attributes: [
        { name: "channel", type: "S" },
        { name: "position", type: "N" },
      ],
      hashKey: "channel",
      rangeKey: "position",
    }),
  };
}

type Keys = Pick<
  aws.dynamodb.TableArgs,
  "attributes" | "hashKey" | "rangeKey" | "globalSecondaryIndexes"
>;

function createTable(config: DataConfig, name: string, keys: Keys): aws.dynamodb.Table {
  return new aws.dynamodb.Table(
    name,
    {
      name: `${config.application}-${config.environment}-${name}`,
      billingMode: "PAY_PER_REQUEST",
      ...keys,
      // Seconds since 1970. DynamoDB deletes late, by days at times: readers filter on it too.
      ttl: { attributeName: "expires", enabled: true },
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: config.pointInTimeRecovery },
      deletionProtectionEnabled: config.protect,
    },
    { protect: config.protect },
  );
}
