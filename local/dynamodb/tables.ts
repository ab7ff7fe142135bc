import type { Graph, Resource } from "../graph";

/** A table as the program wants it. */
export interface Table {
  name: string;
  arn: string;
  /** The input of CreateTable. */
  definition: TableDefinition;
  /** The attribute that says when an item expires, in seconds since 1970. */
  ttlAttribute?: string;
}

interface Key {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

interface Index {
  IndexName: string;
  KeySchema: Key[];
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
}

export interface TableDefinition {
  TableName: string;
  KeySchema: Key[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  BillingMode: "PAY_PER_REQUEST";
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
}

export function tablesOf(graph: Graph): Table[] {
  return graph.ofType("aws:dynamodb/table:Table").map(({ inputs, outputs }: Resource): Table => {
    const ttl = inputs.ttl;
    return {
      name: outputs.name,
      arn: outputs.arn,
      ttlAttribute: ttl && ttl.enabled !== false ? ttl.attributeName : undefined,
      definition: {
        TableName: outputs.name,
        KeySchema: keySchema(inputs.hashKey, inputs.rangeKey),
        AttributeDefinitions: (inputs.attributes ?? []).map((attribute: Attribute) => ({
          AttributeName: attribute.name,
          AttributeType: attribute.type,
        })),
        // Capacity is not limited here, so it is not asked for either.
        BillingMode: "PAY_PER_REQUEST",
        GlobalSecondaryIndexes: indexes(inputs.globalSecondaryIndexes, (index) =>
          index.keySchemas?.length
            ? index.keySchemas.map((key) => ({
                AttributeName: key.attributeName,
                KeyType: key.keyType,
              }))
            : keySchema(index.hashKey!, index.rangeKey),
        ),
        LocalSecondaryIndexes: indexes(inputs.localSecondaryIndexes, (index) =>
          keySchema(inputs.hashKey, index.rangeKey),
        ),
      },
    };
  });
}

interface Attribute {
  name: string;
  type: string;
}

/** An index among a table's inputs. */
interface IndexInputs {
  name: string;
  hashKey?: string;
  rangeKey?: string;
  keySchemas?: { attributeName: string; keyType: Key["KeyType"] }[];
  projectionType: string;
  nonKeyAttributes?: string[];
}

function indexes(
  inputs: IndexInputs[] | undefined,
  keys: (index: IndexInputs) => Key[],
): Index[] | undefined {
  if (!inputs?.length) return undefined;
  return inputs.map((index) => ({
    IndexName: index.name,
    KeySchema: keys(index),
    Projection: {
      ProjectionType: index.projectionType,
      ...(index.nonKeyAttributes?.length && { NonKeyAttributes: index.nonKeyAttributes }),
    },
  }));
}

function keySchema(hashKey: string, rangeKey?: string): Key[] {
  const keys: Key[] = [{ AttributeName: hashKey, KeyType: "HASH" }];
  return rangeKey ? [...keys, { AttributeName: rangeKey, KeyType: "RANGE" }] : keys;
}
