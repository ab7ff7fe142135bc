import type { IncomingMessage, RequestListener } from "node:http";
import type { Iam } from "../iam";
import { accessesOf, type Input } from "./accesses";
import { addFailedItem, wantsFailedItem } from "./conditionFailure";
import { emptyIndexKey } from "./indexKeys";
import { failure, respond } from "./response";
import type { Response, Store } from "./store";
import type { Table } from "./tables";

/** DynamoDB takes 16 MB at most. */
const maxBodyBytes = 16 * 1024 * 1024;

/** What dynalite does not do at all. */
const unsupported = new Set([
  "BatchExecuteStatement",
  "CreateBackup",
  "DescribeContinuousBackups",
  "DescribeStream",
  "ExecuteStatement",
  "ExecuteTransaction",
  "GetRecords",
  "GetShardIterator",
  "ListStreams",
  "TransactGetItems",
  "TransactWriteItems",
  "UpdateContinuousBackups",
  "UpdateTimeToLive",
]);

export interface FrontOptions {
  store: Store;
  iam: Iam;
  tables: Table[];
  log: (line: string) => void;
}

/** Answers DynamoDB's API: permissions are checked here, dynalite does the rest. */
export function createFront({ store, iam, tables, log }: FrontOptions): RequestListener {
  const told = new Set<string>();
  const logOnce = (line: string): void => {
    if (!told.has(line)) log(line);
    told.add(line);
  };

  async function answer(incoming: IncomingMessage, body: Buffer): Promise<Response> {
    const { method = "", url = "", headers } = incoming;
    const forward = (): Promise<Response> => store.answer({ method, url, headers, body });
    const operation = /^DynamoDB_20120810\.(\w+)$/.exec(String(headers["x-amz-target"]))?.[1];
    // `<access key>/<date>/<Region>/dynamodb/aws4_request`
    const [, accessKeyId, region] =
      /Credential=([^/,\s]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
    const input = parse(body);
    // dynalite has the right words for requests that are none, and does nothing for those that are not signed.
    if (!operation || !accessKeyId || !input) return forward();

    const tableArn = (name: string): string =>
      tables.find((table) => table.name === name)?.arn ??
      `arn:aws:dynamodb:${region}:${account(tables)}:table/${name}`;
    try {
      for (const { action, resource } of accessesOf(operation, input, tableArn)) {
        iam.authorize(accessKeyId, action, resource);
      }
    } catch (error) {
      const { name, message } = error as Error;
      logOnce(message);
      return failure(name, message);
    }
    if (unsupported.has(operation)) {
      const message = `${operation} is not supported by the local DynamoDB`;
      logOnce(message);
      return failure("UnknownOperationException", message);
    }
    const table = tables.find(({ name }) => name === input.TableName);
    if (operation === "DescribeTimeToLive" && table) return describeTimeToLive(table);
    const problem = emptyIndexKey(operation, input, tables);
    if (problem) return failure("ValidationException", problem);
    const response = await forward();
    if (!table || !wantsFailedItem(input)) return response;
    return addFailedItem(store, table, input, response);
  }

  return (incoming, outgoing) => {
    readBody(incoming)
      .then((body) =>
        body
          ? answer(incoming, body)
          : failure("RequestEntityTooLargeException", "Request is too large", 413),
      )
      .then((response) => {
        outgoing.writeHead(response.status, {
          ...response.headers,
          "content-length": Buffer.byteLength(response.body),
        });
        outgoing.end(response.body);
      })
      .catch((error: Error) => {
        log(`DynamoDB: ${error.stack}`);
        outgoing.destroy();
      });
  };
}

function parse(body: Buffer): Input | undefined {
  try {
    const input: unknown = JSON.parse(body.toString());
    return typeof input === "object" && input !== null ? input : undefined;
  } catch {
    // Not JSON: dynalite says so in AWS's words.
    return undefined;
  }
}

/** @returns nothing for a body that is too large, of which the rest is not kept. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks) : undefined;
}

/** The account of the program's tables; without any, none can be reached. */
function account(tables: Table[]): string {
  return tables[0]?.arn.split(":")[4] ?? "000000000000";
}

function describeTimeToLive({ ttlAttribute }: Table): Response {
  return respond(200, {
    TimeToLiveDescription: ttlAttribute
      ? { TimeToLiveStatus: "ENABLED", AttributeName: ttlAttribute }
      : { TimeToLiveStatus: "DISABLED" },
  });
}
