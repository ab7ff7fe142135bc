import type { Input } from "./accesses";
import type { Table } from "./tables";

type Item = Record<string, { S?: string; B?: string } | undefined>;

/**
 * What AWS says to an item with an empty key of an index, which dynalite would store.
 * @returns nothing if there is none.
 */
export function emptyIndexKey(
  operation: string,
  input: Input,
  tables: Table[],
): string | undefined {
  for (const [name, item] of itemsPut(operation, input)) {
    const { definition } = tables.find((table) => table.name === name) ?? {};
    const { GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } =
      definition ?? {};
    for (const { IndexName, KeySchema } of [...global, ...local]) {
      const empty = KeySchema.find(({ AttributeName }) => {
        const value = item?.[AttributeName];
        return value?.S === "" || value?.B === "";
      });
      if (!empty) continue;
      return (
        "One or more parameter values are not valid. A value specified for a secondary index key is not " +
        "supported. The AttributeValue for a key attribute cannot contain an empty string value. " +
        `IndexName: ${IndexName}, IndexKey: ${empty.AttributeName}`
      );
    }
  }
  return undefined;
}

/** Tables' names with the items that are put into them. */
function itemsPut(operation: string, input: Input): [name: unknown, item: Item | undefined][] {
  if (operation === "PutItem") return [[input.TableName, (input as { Item?: Item }).Item]];
  if (operation !== "BatchWriteItem") return [];
  const requests = (input.RequestItems ?? {}) as Record<string, { PutRequest?: { Item?: Item } }[]>;
  return Object.entries(requests).flatMap(([name, writes]) =>
    Array.isArray(writes)
      ? writes.map((write): [string, Item | undefined] => [name, write?.PutRequest?.Item])
      : [],
  );
}
