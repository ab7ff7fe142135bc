import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  paginateQuery,
  PutCommand,
} from "@aws-sdk/lib-dynamodb";
import {
  createDynamoMessageLog,
  type MessageLogOptions,
} from "../../../functions/domain/dynamoMessageLog";
import type { MessageItem } from "../../../functions/domain/messageItems";
import type { MessageLog } from "../../../functions/domain/messageLog";
import { createDynamoDb } from "../../../local/dynamodb";
import { Graph } from "../../../local/graph";
import { Iam } from "../../../local/iam";
import { account, resource, role, roleArn } from "../../local/iamFixture";

const REGION = "eu-west-1";

const KEYS = [
  { name: "channel", type: "S" },
  { name: "position", type: "N" },
] as const;

/** A DynamoDB with a messages table. */
export interface MessagesTable {
  endpoint: string;
  /** A log as another function would have it, with a client of its own. */
  createLog(options?: Omit<MessageLogOptions, "client"> & { endpoint?: string }): MessageLog;
  /** All rows of a channel, expired ones included. */
  rows(channel: string): Promise<MessageItem[]>;
  put(row: MessageItem): Promise<void>;
  delete(row: MessageItem): Promise<void>;
  close(): Promise<void>;
}

/** The local run's DynamoDB, or the one that DYNAMODB_LOCAL_ENDPOINT names. */
export async function startMessagesTable(): Promise<MessagesTable> {
  const TableName = `messages-${randomUUID()}`;
  const external = process.env.DYNAMODB_LOCAL_ENDPOINT;
  const started = external ? await createTable(external, TableName) : await startLocal(TableName);
  const { endpoint, credentials } = started;
  const clients: DynamoDBDocumentClient[] = [];
  const connect = (to: string) => {
    const base = new DynamoDBClient({ endpoint: to, region: REGION, credentials });
    const client = DynamoDBDocumentClient.from(base, {
      marshallOptions: { removeUndefinedValues: true },
    });
    clients.push(client);
    return client;
  };
  const own = connect(endpoint);

  return {
    endpoint,
    createLog: ({ endpoint: to = endpoint, ...options } = {}) =>
      createDynamoMessageLog(TableName, { ...options, client: connect(to) }),
    async rows(channel) {
      const rows: MessageItem[] = [];
      const query = {
        TableName,
        KeyConditionExpression: "channel = :channel",
        ExpressionAttributeValues: { ":channel": channel },
        ConsistentRead: true,
      };
      for await (const { Items } of paginateQuery({ client: own }, query)) {
        rows.push(...(Items as MessageItem[]));
      }
      return rows;
    },
    async put(Item) {
      await own.send(new PutCommand({ TableName, Item }));
    },
    async delete({ channel, position }) {
      await own.send(new DeleteCommand({ TableName, Key: { channel, position } }));
    },
    async close() {
      for (const client of clients) client.destroy();
      await started.close();
    },
  };
}

interface Started {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  close(): Promise<void>;
}

async function startLocal(name: string): Promise<Started> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "messages-"));
  const arn = `arn:aws:dynamodb:${REGION}:${account}:table/${name}`;
  const inputs = {
    name,
    hashKey: KEYS[0].name,
    rangeKey: KEYS[1].name,
    attributes: KEYS,
    ttl: { attributeName: "expires", enabled: true },
  };
  // No more than the log needs, and what the tests do by themselves.
  const actions = ["PutItem", "Query", "DeleteItem"].map((action) => `dynamodb:${action}`);
  const policy = { Statement: [{ Effect: "Allow", Action: actions, Resource: arn }] };
  const graph = new Graph([
    role({ inlinePolicies: [{ name: "grants", policy }] }),
    resource("aws:dynamodb/table:Table", "messages", inputs, { arn }),
  ]);
  const iam = new Iam(graph);
  const log = (line: string) => console.error(line);
  const dynamoDb = await createDynamoDb({ graph, iam, folder, port: 0, log });
  return {
    endpoint: dynamoDb.endpoint,
    credentials: iam.credentialsFor(roleArn, "messages"),
    async close() {
      await dynamoDb.close();
      await fs.rm(folder, { recursive: true });
    },
  };
}

async function createTable(endpoint: string, TableName: string): Promise<Started> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: KEYS.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: [
        { AttributeName: KEYS[0].name, KeyType: "HASH" },
        { AttributeName: KEYS[1].name, KeyType: "RANGE" },
      ],
    }),
  );
  client.destroy();
  return { endpoint, credentials, close: async () => {} };
}
