import type { Input } from "./accesses";
import { respond } from "./response";
import { errorName, type Response, type Store } from "./store";
import type { Table } from "./tables";

interface ConditionalWrite extends Input {
  ReturnValuesOnConditionCheckFailure?: unknown;
  /** Of PutItem. */
  Item?: Record<string, unknown>;
  /** Of UpdateItem and DeleteItem. */
  Key?: Record<string, unknown>;
}

/** Whether a write asks for the item that fails its condition. */
export function wantsFailedItem(input: ConditionalWrite): boolean {
  return input.ReturnValuesOnConditionCheckFailure === "ALL_OLD";
}

/**
 * Adds the item that failed a write's condition to the answer, which dynalite does not do. It is read after
 * the write, so that under contention it may be newer than the one that failed.
 */
export async function addFailedItem(
  store: Store,
  table: Table,
  input: ConditionalWrite,
  response: Response,
): Promise<Response> {
  if (response.status === 200) return response;
  const body = JSON.parse(response.body);
  if (errorName(body) !== "ConditionalCheckFailedException") return response;
  const from = input.Item ?? input.Key ?? {};
  const names = table.definition.KeySchema.map((key) => key.AttributeName);
  const { Item } = await store.call("GetItem", {
    TableName: table.name,
    Key: Object.fromEntries(names.map((name) => [name, from[name]])),
    ConsistentRead: true,
  });
  return respond(response.status, { ...body, Item });
}
