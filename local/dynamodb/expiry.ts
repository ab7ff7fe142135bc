import { DynamoDbError, type Store } from "./store";
import type { Table } from "./tables";

/** DynamoDB leaves items that expired more than five years ago, since their value is likely to be no time. */
const oldestSeconds = 5 * 365 * 24 * 3600;

/** Removes the items of a table whose time has passed. Values that are no numbers are no times. */
export async function removeExpired(store: Store, table: Table): Promise<void> {
  if (!table.ttlAttribute) return;
  const now = Math.floor(Date.now() / 1000);
  const keys = table.definition.KeySchema.map((key) => key.AttributeName);
  let next: object | undefined;
  do {
    const page = await store.call("Scan", {
      TableName: table.name,
      FilterExpression: "#ttl < :now AND #ttl > :oldest",
      ExpressionAttributeNames: { "#ttl": table.ttlAttribute },
      ExpressionAttributeValues: {
        ":now": { N: String(now) },
        ":oldest": { N: String(now - oldestSeconds) },
      },
      ExclusiveStartKey: next,
    });
    for (const item of page.Items) await remove(store, table, keys, item);
    next = page.LastEvaluatedKey;
  } while (next);
}

async function remove(
  store: Store,
  table: Table,
  keys: string[],
  item: Record<string, object>,
): Promise<void> {
  try {
    await store.call("DeleteItem", {
      TableName: table.name,
      Key: Object.fromEntries(keys.map((name) => [name, item[name]])),
      ConditionExpression: "#ttl = :seen",
      ExpressionAttributeNames: { "#ttl": table.ttlAttribute },
      ExpressionAttributeValues: { ":seen": item[table.ttlAttribute!] },
    });
  } catch (error) {
    // Its time was put off since it was read.
    if ((error as DynamoDbError).name !== "ConditionalCheckFailedException") throw error;
  }
}
