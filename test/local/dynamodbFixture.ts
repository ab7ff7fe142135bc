import {
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { Graph, type Resource } from "../../local/graph";
import { createDynamoDb, type DynamoDb, type DynamoDbOptions } from "../../local/dynamodb";
import { Iam } from "../../local/iam";
import { account, resource, role, roleArn } from "./iamFixture";

export const tableName = "chat-sessions";
export const tableArn = `arn:aws:dynamodb:eu-west-1:${account}:table/${tableName}`;

export type Item = Record<string, AttributeValue>;

/** A table as the program's own, with keys, an index and a time to live. */
export function table(overrides: Record<string, unknown> = {}): Resource {
  const inputs = {
    name: tableName,
    billingMode: "PAY_PER_REQUEST",
    hashKey: "user",
    rangeKey: "session",
    attributes: ["user", "session", "connection"].map((name) => ({ name, type: "S" })),
    globalSecondaryIndexes: [
      {
        name: "byConnection",
        keySchemas: [{ attributeName: "connection", keyType: "HASH" }],
        projectionType: "ALL",
      },
    ],
    ttl: { attributeName: "expires", enabled: true },
    ...overrides,
  };
  return resource("aws:dynamodb/table:Table", "sessions", inputs, { arn: tableArn });
}

export const everything = {
  Effect: "Allow",
  Action: "dynamodb:*",
  Resource: [tableArn, `${tableArn}/*`, `arn:aws:dynamodb:eu-west-1:${account}:table/*`],
};

export interface DynamoDbFixture {
  dynamoDb: DynamoDb;
  client: DynamoDBClient;
  iam: Iam;
  lines: string[];
  close(): Promise<void>;
}

/** DynamoDB with one table, and a client whose role has the given statements. */
export async function startDynamoDb(
  folder: string,
  options: Partial<DynamoDbOptions> & { statements?: object[]; table?: Resource } = {},
): Promise<DynamoDbFixture> {
  const { statements = [everything], table: only = table(), ...rest } = options;
  const graph = new Graph([
    role({ inlinePolicies: [{ name: "grants", policy: { Statement: statements } }] }),
    only,
  ]);
  const iam = new Iam(graph);
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const dynamoDb = await createDynamoDb({ graph, iam, folder, port: 0, log, ...rest });
  const client = clientFor(dynamoDb, iam);
  return {
    dynamoDb,
    client,
    iam,
    lines,
    async close() {
      client.destroy();
      await dynamoDb.close();
    },
  };
}

export function clientFor(dynamoDb: DynamoDb, iam: Iam, sessionName = "f"): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: dynamoDb.endpoint,
    region: "eu-west-1",
    credentials: iam.credentialsFor(roleArn, sessionName),
  });
}

export function put(client: DynamoDBClient, user: string, rest: Item = {}) {
  const Item = { user: { S: user }, session: { S: "1" }, ...rest };
  return client.send(new PutItemCommand({ TableName: tableName, Item }));
}

/** The users in the table, in their order. */
export async function users(client: DynamoDBClient): Promise<(string | undefined)[]> {
  const { Items } = await client.send(new ScanCommand({ TableName: tableName }));
  return Items!.map((item) => item.user?.S).sort();
}
