import dynalite from "dynalite";
import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, RequestListener, Server } from "node:http";

export interface Request {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Response {
  status: number;
  headers: Record<string, string | number>;
  body: string;
}

/** An error that DynamoDB answered, by its name. */
export class DynamoDbError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** dynalite with its requests and responses at hand, so that what it lacks can be put around it. */
export interface Store {
  /** dynalite's own server, without a listener for requests. Closing it closes the data. */
  server: Server;
  /** Answers a request as it came. */
  answer(request: Request): Promise<Response>;
  /**
   * Runs an operation on nobody's behalf.
   * @throws DynamoDbError
   */
  call(operation: string, input: object): Promise<any>;
}

/** @param folder where the data is; what was written is there after a kill of the process. */
export function openStore(folder: string): Store {
  const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0 });
  const [listener] = server.listeners("request") as RequestListener[];
  server.removeAllListeners("request");

  const answer = (request: Request): Promise<Response> =>
    new Promise((resolve) => {
      const { method, url, headers, body } = request;
      const incoming = Object.assign(new EventEmitter(), { method, url, headers });
      const answered: Response["headers"] = {};
      const outgoing = {
        statusCode: 200,
        setHeader: (name: string, value: string | number) => (answered[name.toLowerCase()] = value),
        end: (text = "") => resolve({ status: outgoing.statusCode, headers: answered, body: text }),
      };
      // dynalite uses nothing of the two but this, and listens before it returns.
      listener!(incoming as never, outgoing as never);
      if (body.length > 0) incoming.emit("data", body);
      incoming.emit("end");
    });

  return {
    server,
    answer,
    async call(operation, input) {
      const response = await answer({
        method: "POST",
        url: "/",
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `DynamoDB_20120810.${operation}`,
          "x-amz-date": "now",
          // dynalite wants the form of a signature and verifies none.
          authorization: "AWS4-HMAC-SHA256 Credential=local, SignedHeaders=none, Signature=none",
        },
        body: Buffer.from(JSON.stringify(input)),
      });
      const output = JSON.parse(response.body);
      if (response.status === 200) return output;
      throw new DynamoDbError(errorName(output), output.message ?? output.Message ?? "");
    },
  };
}

/** `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException` is called by its last part. */
export function errorName(body: { __type?: string }): string {
  return body.__type?.split("#").at(-1) ?? "Unknown";
}
