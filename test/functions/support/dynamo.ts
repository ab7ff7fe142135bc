import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

type Dynalite = (options: { createTableMs: number }) => Server;

const ENVIRONMENT = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
};

export const TABLE = "connections";

/** A DynamoDB with the connections table; the environment points the SDK at it, as Lambda's would. */
export async function startDynamo(): Promise<{ close(): Promise<void> }> {
  const dynalite = createRequire(__filename)("dynalite") as Dynalite;
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const restore = setEnvironment({ ...ENVIRONMENT, AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  await createTable();
  return {
    async close() {
      restore();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function createTable(): Promise<void> {
  const client = new DynamoDBClient();
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "username", AttributeType: "S" },
        { AttributeName: "sessionKey", AttributeType: "S" },
        { AttributeName: "connectionId", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "username", KeyType: "HASH" },
        { AttributeName: "sessionKey", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byConnectionId",
          KeySchema: [{ AttributeName: "connectionId", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: TABLE });
  client.destroy();
}

function setEnvironment(values: Record<string, string>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
