import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { setTimeout as sleep } from "node:timers/promises";

/** Rows that one BatchWriteItem takes. */
const batchSize = 25;

/** Puts rows into a table. */
export async function storeRows(
  client: DynamoDBDocumentClient,
  table: string,
  rows: object[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += batchSize) {
    let left = rows.slice(at, at + batchSize).map((Item) => ({ PutRequest: { Item } }));
    while (left.length > 0) {
      const command = new BatchWriteCommand({ RequestItems: { [table]: left } });
      const { UnprocessedItems } = await client.send(command);
      left = (UnprocessedItems?.[table] ?? []) as typeof left;
      if (left.length > 0) await sleep(100);
    }
  }
}
