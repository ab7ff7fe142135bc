import { setTimeout as wait } from "node:timers/promises";
import { DynamoDbError, type Store } from "./store";
import type { Table, TableDefinition } from "./tables";

/**
 * Makes the table be as the program wants it. A change of indexes keeps the items; a change of keys cannot,
 * and is a new table on AWS as well.
 */
export async function provision(store: Store, table: Table, log: (line: string) => void) {
  const existing = await describe(store, table.name);
  if (!existing) return create(store, table);
  const wanted = table.definition;
  if (keysOf(existing) !== keysOf(wanted)) {
    log(
      `table ${table.name}: its keys change from ${keysOf(existing)} to ${keysOf(wanted)}, ` +
        "it is created anew and its items are lost",
    );
    await drop(store, table.name);
    return create(store, table);
  }
  if (indexesOf(existing) !== indexesOf(wanted)) {
    log(`table ${table.name}: its indexes change, it is created anew with its items`);
    const items = await allItems(store, table.name);
    await drop(store, table.name);
    await create(store, table);
    for (const Item of items) await store.call("PutItem", { TableName: table.name, Item });
  }
}

async function describe(store: Store, name: string): Promise<Description | undefined> {
  try {
    return (await store.call("DescribeTable", { TableName: name })).Table;
  } catch (error) {
    if ((error as DynamoDbError).name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

interface Description extends TableDefinition {
  TableStatus: string;
}

async function create(store: Store, table: Table): Promise<void> {
  await store.call("CreateTable", table.definition).catch((error: DynamoDbError) => {
    throw new Error(`table ${table.name}: ${error.name}: ${error.message}`);
  });
  await until(
    table.name,
    async () => (await describe(store, table.name))?.TableStatus === "ACTIVE",
  );
}

async function drop(store: Store, name: string): Promise<void> {
  await store.call("DeleteTable", { TableName: name });
  await until(name, async () => (await describe(store, name)) === undefined);
}

/** dynalite changes a table's state a moment after its answer. */
async function until(name: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await isSo()) return;
    await wait(4);
  }
  throw new Error(`table ${name} does not become ready; remove the folder that holds its data`);
}

async function allItems(store: Store, name: string): Promise<object[]> {
  const items: object[] = [];
  let next: object | undefined;
  do {
    const page = await store.call("Scan", { TableName: name, ExclusiveStartKey: next });
    items.push(...page.Items);
    next = page.LastEvaluatedKey;
  } while (next);
  return items;
}

/** Such as `username (S), sessionKey (S)`. */
function keysOf(table: TableDefinition): string {
  return describeKeys(table, table.KeySchema);
}

function describeKeys(table: TableDefinition, keys: TableDefinition["KeySchema"]): string {
  const type = (name: string): string | undefined =>
    table.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  return keys.map(({ AttributeName: name }) => `${name} (${type(name)})`).join(", ");
}

/** Comparable, whatever the order. */
function indexesOf(table: TableDefinition): string {
  const describeAll = (indexes: TableDefinition["GlobalSecondaryIndexes"]): string[] =>
    (indexes ?? [])
      .map(({ IndexName, KeySchema, Projection }) => {
        const attributes = [...(Projection.NonKeyAttributes ?? [])].sort();
        const keys = describeKeys(table, KeySchema);
        return [IndexName, keys, Projection.ProjectionType, ...attributes].join(" ");
      })
      .sort();
  return JSON.stringify([
    describeAll(table.GlobalSecondaryIndexes),
    describeAll(table.LocalSecondaryIndexes),
  ]);
}
