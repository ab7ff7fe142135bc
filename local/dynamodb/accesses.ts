/** Something that a request does, for which its caller needs a permission. */
export interface Access {
  /** Such as `dynamodb:GetItem`. */
  action: string;
  resource: string;
}

/** What of a request's input decides on its accesses. None of it is checked yet. */
export interface Input {
  TableName?: unknown;
  IndexName?: unknown;
  RequestItems?: unknown;
  ResourceArn?: unknown;
}

/**
 * The accesses of a request. A batch needs its own action on each of its tables; a query or scan of an index
 * needs it on the index. Input that names no table has none, and is refused by validation.
 * @param tableArn the ARN that a table of that name has or would have.
 */
export function accessesOf(
  operation: string,
  input: Input,
  tableArn: (name: string) => string,
): Access[] {
  const action = `dynamodb:${operation}`;
  if (operation === "ListTables") return [{ action, resource: tableArn("*") }];
  if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
    return Object.keys(input.RequestItems ?? {}).map((name) => ({
      action,
      resource: tableArn(name),
    }));
  }
  if (typeof input.ResourceArn === "string") return [{ action, resource: input.ResourceArn }];
  if (typeof input.TableName !== "string") return [];
  const resource = tableArn(input.TableName);
  const hasIndex = operation === "Query" || operation === "Scan";
  const index = hasIndex && typeof input.IndexName === "string" ? `/index/${input.IndexName}` : "";
  return [{ action, resource: resource + index }];
}
