import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config";

export interface Data {
  /**
   * One row a live session: `username` and `sessionKey` name it, {@link byConnectionId} finds it by its connection.
   * `expires` (seconds since 1970) is when DynamoDB may delete it, which it does late: readers filter on it too.
   */
  connections: aws.dynamodb.Table;
}

/** The index of the connections table that finds a session by its connection id. */
export const byConnectionId = "byConnectionId";

/** The tables, with their protection as the stack's settings say. */
export function createData(
  config: Pick<StackConfig, "application" | "environment" | "pointInTimeRecovery" | "protect">,
  opts?: pulumi.CustomResourceOptions,
): Data {
  const connections = new aws.dynamodb.Table(
    "connections",
    {
      name: `${config.application}-${config.environment}-connections`,
      billingMode: "PAY_PER_REQUEST",
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
      ttl: { attributeName: "expires", enabled: true },
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: config.pointInTimeRecovery },
      deletionProtectionEnabled: config.protect,
    },
    { ...opts, protect: config.protect },
  );
  return { connections };
}
