import {
  CreateTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
  type CreateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

type Dynalite = (options: { createTableMs: number }) => Server;

const ENVIRONMENT = {
  AWS_REGION: "eu-west-1",
  AWS_SECRET_ACCESS_KEY: "test",
};

export const TABLE = "connections";
export const SUBSCRIPTIONS = "subscriptions";
export const MESSAGES = "messages";

/**
 * A DynamoDB with the stack's tables: a dynalite, or the DynamoDB Local that DYNAMODB_LOCAL_ENDPOINT names. The
 * environment points the SDK at it, as Lambda's would.
 */
export async function startDynamo(): Promise<{ close(): Promise<void> }> {
  const external = process.env.DYNAMODB_LOCAL_ENDPOINT;
  const store = external ? { endpoint: external, close: async () => {} } : await startDynalite();
  const restore = setEnvironment({
    ...ENVIRONMENT,
    // DynamoDB Local has a database for each access key.
    AWS_ACCESS_KEY_ID: `test${randomBytes(8).toString("hex")}`,
    AWS_ENDPOINT_URL_DYNAMODB: store.endpoint,
  });
  await createTables();
  return {
    async close() {
      restore();
      await store.close();
    },
  };
}

async function startDynalite() {
  const dynalite = createRequire(__filename)("dynalite") as Dynalite;
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function createTables(): Promise<void> {
  const client = new DynamoDBClient();
  await createTable(client, {
    TableName: TABLE,
    ...keys({ username: "S", sessionKey: "S" }, { connectionId: "S" }),
    GlobalSecondaryIndexes: [
      {
        IndexName: "byConnectionId",
        KeySchema: [{ AttributeName: "connectionId", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  await createTable(client, {
    TableName: SUBSCRIPTIONS,
    ...keys({ channel: "S", subscriber: "S" }),
  });
  await createTable(client, { TableName: MESSAGES, ...keys({ channel: "S", position: "N" }) });
  client.destroy();
}

/** Hash key and range key, and what else an index needs. */
function keys(key: Record<string, "S" | "N">, others: Record<string, "S" | "N"> = {}) {
  const names = Object.keys(key);
  return {
    KeySchema: names.map((AttributeName, i) => ({
      AttributeName,
      KeyType: i === 0 ? ("HASH" as const) : ("RANGE" as const),
    })),
    AttributeDefinitions: Object.entries({ ...key, ...others }).map(
      ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }),
    ),
  };
}

async function createTable(
  client: DynamoDBClient,
  input: Omit<CreateTableCommandInput, "BillingMode">,
): Promise<void> {
  await client.send(new CreateTableCommand({ ...input, BillingMode: "PAY_PER_REQUEST" }));
  const { TableName } = input;
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
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
