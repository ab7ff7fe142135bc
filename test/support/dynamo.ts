import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Resource } from "../../local/graph";

type Dynalite = (options: { createTableMs: number }) => Server;

export interface Dynamo {
  endpoint: string;
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A DynamoDB with the tables as the program registered them. */
export async function startDynamo(tables: Resource[]): Promise<Dynamo> {
  const dynalite = createRequire(__filename)("dynalite") as Dynalite;
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  for (const { inputs } of tables) {
    await client.send(new CreateTableCommand(definition(inputs)));
    const { name: TableName } = inputs;
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  }
  const documents = DynamoDBDocumentClient.from(client);
  return {
    endpoint,
    rows: async (TableName) => (await documents.send(new ScanCommand({ TableName }))).Items ?? [],
    async close() {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function definition(inputs: Record<string, any>) {
  return {
    TableName: inputs.name,
    BillingMode: inputs.billingMode,
    AttributeDefinitions: inputs.attributes.map(({ name, type }: any) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    KeySchema: [
      { AttributeName: inputs.hashKey, KeyType: "HASH" as const },
      { AttributeName: inputs.rangeKey, KeyType: "RANGE" as const },
    ],
    GlobalSecondaryIndexes: inputs.globalSecondaryIndexes?.map((index: any) => ({
      IndexName: index.name,
      KeySchema: index.keySchemas.map(({ attributeName, keyType }: any) => ({
        AttributeName: attributeName,
        KeyType: keyType,
      })),
      Projection: { ProjectionType: index.projectionType },
    })),
  };
}
