import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import assert from "node:assert/strict";
import fs from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import {
  clientFor,
  put,
  startDynamoDb,
  table,
  tableArn,
  tableName,
  type DynamoDbFixture,
} from "./dynamodbFixture";
import { temporaryFolder } from "./iamFixture";

const TableName = tableName;
const key = (user: string) => ({ user: { S: user }, session: { S: "1" } });
const byConnection = (connection: string) =>
  new QueryCommand({
    TableName,
    IndexName: "byConnection",
    KeyConditionExpression: "#c = :c",
    ExpressionAttributeNames: { "#c": "connection" },
    ExpressionAttributeValues: { ":c": { S: connection } },
  });

describe("local DynamoDB", () => {
  const folder = temporaryFolder();
  let fixture: DynamoDbFixture;
  before(async () => {
    fixture = await startDynamoDb(folder);
  });
  after(async () => {
    await fixture.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("has the graph's table, with its ARN, keys, index and time to live", async () => {
    const { Table } = await fixture.client.send(new DescribeTableCommand({ TableName }));
    assert.equal(Table?.TableArn, tableArn);
    assert.equal(Table.TableStatus, "ACTIVE");
    assert.deepEqual(
      Table.KeySchema?.map((each) => each.AttributeName),
      ["user", "session"],
    );
    assert.equal(Table.GlobalSecondaryIndexes?.[0]?.IndexStatus, "ACTIVE");
    const { TimeToLiveDescription } = await fixture.client.send(
      new DescribeTimeToLiveCommand({ TableName }),
    );
    assert.deepEqual(TimeToLiveDescription, {
      TimeToLiveStatus: "ENABLED",
      AttributeName: "expires",
    });
  });

  it("stores and finds items, by key and by index", async () => {
    await put(fixture.client, "ann", { connection: { S: "c1" } });
    const { Item } = await fixture.client.send(new GetItemCommand({ TableName, Key: key("ann") }));
    assert.deepEqual(Item, { ...key("ann"), connection: { S: "c1" } });
    const { Items } = await fixture.client.send(byConnection("c1"));
    assert.deepEqual(Items, [Item]);
  });

  it("gives the item that failed a condition back to those who ask", async () => {
    await put(fixture.client, "bob", { connection: { S: "c2" } });
    const expected = { ...key("bob"), connection: { S: "c2" } };
    const condition = {
      TableName,
      ConditionExpression: "attribute_not_exists(#u)",
      ExpressionAttributeNames: { "#u": "user" },
    };
    const returned = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
    for (const command of [
      new PutItemCommand({ ...condition, ...returned, Item: key("bob") }),
      new DeleteItemCommand({ ...condition, ...returned, Key: key("bob") }),
      new UpdateItemCommand({ ...condition, ...returned, Key: key("bob") }),
    ]) {
      await assert.rejects(fixture.client.send(command as PutItemCommand), {
        name: "ConditionalCheckFailedException",
        Item: expected,
      });
    }
    await assert.rejects(
      fixture.client.send(new PutItemCommand({ ...condition, Item: key("bob") })),
      (error: { name: string; Item?: unknown }) =>
        error.name === "ConditionalCheckFailedException" && error.Item === undefined,
    );
  });

  it("refuses an empty key of an index", async () => {
    const Item = { ...key("cid"), connection: { S: "" } };
    const message = /IndexName: byConnection, IndexKey: connection/;
    const writes = { RequestItems: { [TableName]: [{ PutRequest: { Item } }] } };
    for (const sent of [
      fixture.client.send(new PutItemCommand({ TableName, Item })),
      fixture.client.send(new BatchWriteItemCommand(writes)),
    ]) {
      await assert.rejects(sent, { name: "ValidationException", message });
    }
  });

  it("refuses by name what it cannot do", async () => {
    const Put = { TableName, Item: key("dan") };
    await assert.rejects(
      fixture.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] })),
      {
        name: "UnknownOperationException",
        message: "TransactWriteItems is not supported by the local DynamoDB",
      },
    );
  });

  it("refuses credentials that nobody was given, and requests without any", async () => {
    const stranger = new DynamoDBClient({
      endpoint: fixture.dynamoDb.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIA0000000000000000", secretAccessKey: "none" },
    });
    await assert.rejects(put(stranger, "eve"), { name: "UnrecognizedClientException" });
    stranger.destroy();
    const response = await fetch(fixture.dynamoDb.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
      },
      body: "{}",
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /MissingAuthenticationTokenException/);
  });

  it("lives through requests that are none", async () => {
    const headers = { "x-amz-target": "DynamoDB_20120810.PutItem", authorization: "nonsense" };
    const bodies = ["", "{", "[]", "null", '{"TableName":1}', "x".repeat(17 * 1024 * 1024)];
    for (const body of bodies) {
      const response = await fetch(fixture.dynamoDb.endpoint, { method: "POST", headers, body });
      assert(response.status >= 400 && response.status < 500, body.slice(0, 20));
      await response.arrayBuffer();
    }
    await fixture.client.send(new ListTablesCommand());
  });

  it("knows credentials that are given out later", async () => {
    const client = clientFor(fixture.dynamoDb, fixture.iam, "later");
    await put(client, "fay");
    client.destroy();
  });

  it("says which port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const other = temporaryFolder();
    await assert.rejects(startDynamoDb(other, { port }), {
      code: "EADDRINUSE",
      message: `DynamoDB cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    });
    server.close();
    fs.rmSync(other, { recursive: true });
  });
});

describe("local DynamoDB: permissions", () => {
  const folder = temporaryFolder();
  let fixture: DynamoDbFixture;
  before(async () => {
    fixture = await startDynamoDb(folder, {
      statements: [
        {
          Effect: "Allow",
          Action: ["dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:Query"],
          Resource: tableArn,
        },
        { Effect: "Allow", Action: "dynamodb:Scan", Resource: `${tableArn}/index/*` },
      ],
    });
  });
  after(async () => {
    await fixture.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** The resource that the denial names. */
  async function denied(sent: Promise<unknown>, action: string): Promise<string> {
    let resource = "";
    await assert.rejects(sent, (error: Error) => {
      assert.equal(error.name, "AccessDeniedException");
      const pattern =
        /^User: arn:aws:sts::000000000000:assumed-role\/handlers\/f is not authorized to perform: dynamodb:(\w+) on resource: (\S+) because no identity-based policy allows/;
      const [, of, on] = pattern.exec(error.message) ?? [];
      assert.equal(of, action);
      resource = on!;
      return true;
    });
    return resource;
  }

  it("are those of the action and the table", async () => {
    const { client } = fixture;
    await put(client, "ann");
    const get = new GetItemCommand({ TableName, Key: key("ann") });
    assert.equal(await denied(client.send(get), "GetItem"), tableArn);
    const update = new UpdateItemCommand({ TableName, Key: key("ann") });
    assert.equal(await denied(client.send(update), "UpdateItem"), tableArn);
    const describeTable = new DescribeTableCommand({ TableName });
    assert.equal(await denied(client.send(describeTable), "DescribeTable"), tableArn);
    const list = await denied(client.send(new ListTablesCommand()), "ListTables");
    assert.equal(list, "arn:aws:dynamodb:eu-west-1:000000000000:table/*");
  });

  it("are those of the index for queries and scans of one", async () => {
    const { client } = fixture;
    assert.equal(
      await denied(client.send(byConnection("c1")), "Query"),
      `${tableArn}/index/byConnection`,
    );
    await client.send(new ScanCommand({ TableName, IndexName: "byConnection" }));
    assert.equal(await denied(client.send(new ScanCommand({ TableName })), "Scan"), tableArn);
  });

  it("are those of each table of a batch", async () => {
    const { client } = fixture;
    const writes = [{ PutRequest: { Item: key("bob") } }];
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } }));
    const both = { [TableName]: writes, other: writes };
    assert.equal(
      await denied(
        client.send(new BatchWriteItemCommand({ RequestItems: both })),
        "BatchWriteItem",
      ),
      "arn:aws:dynamodb:eu-west-1:000000000000:table/other",
    );
    const reads = { [TableName]: { Keys: [key("bob")] } };
    await denied(client.send(new BatchGetItemCommand({ RequestItems: reads })), "BatchGetItem");
  });

  it("are logged once where they lack", async () => {
    const get = () => fixture.client.send(new GetItemCommand({ TableName, Key: key("ann") }));
    await denied(get(), "GetItem");
    await denied(get(), "GetItem");
    const lines = fixture.lines.filter((line) => line.includes("perform: dynamodb:GetItem"));
    assert.equal(lines.length, 1);
  });
});

describe("local DynamoDB: table definitions", () => {
  it("that AWS refuses are refused by the table's name", async () => {
    const folder = temporaryFolder();
    const wrong = table({ attributes: [{ name: "user", type: "S" }] });
    await assert.rejects(startDynamoDb(folder, { table: wrong }), {
      message: /^DynamoDB cannot start: table chat-sessions: ValidationException: /,
    });
    fs.rmSync(folder, { recursive: true });
  });
});
