import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What can go wrong with a request. */
export type Fault =
  /** It fails and nothing was done. */
  | "refused"
  | "throttled"
  /** It is done, and its answer does not arrive: an error does, or nothing. */
  | "answered wrongly"
  | "cut";

export interface FaultyStore {
  endpoint: string;
  /** The operations asked for so far, every try of each. */
  operations: string[];
  close(): Promise<void>;
}

/**
 * Stands between a client and DynamoDB.
 * @param fault what happens to the next request, which waits for a promise
 * @param change changes the answers
 */
export async function startFaultyStore(
  target: string,
  fault: (operation: string) => Fault | undefined | Promise<undefined> = () => undefined,
  change: (answer: string) => string = (answer) => answer,
): Promise<FaultyStore> {
  const agent = new http.Agent({ keepAlive: true });
  const operations: string[] = [];

  async function handle(request: http.IncomingMessage, response: http.ServerResponse) {
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1]!;
    operations.push(operation);
    const kind = await fault(operation);
    if (kind === "refused") return fail(response, 500, "InternalServerError");
    if (kind === "throttled") return fail(response, 400, "ProvisionedThroughputExceededException");

    const { method, headers, url } = request;
    const forwarded = http.request(new URL(url!, target), { method, headers, agent }).end(body);
    const [answer] = (await once(forwarded, "response")) as [http.IncomingMessage];
    const text = change((await buffer(answer)).toString());
    if (kind === "cut") return response.destroy();
    if (kind === "answered wrongly") return fail(response, 500, "InternalServerError");
    // The checksum and the length are those of the original.
    response.writeHead(answer.statusCode!, { "content-type": "application/x-amz-json-1.0" });
    response.end(text);
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, "close");
    },
  };
}

function fail(response: http.ServerResponse, status: number, name: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "" }));
}

/** Mulberry32: numbers from 0 to 1, the same ones for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Faults at random: each kind with the given share of all requests. */
export function randomFaults(seed: number, share: number): () => Fault | undefined {
  const random = createRandom(seed);
  const kinds: Fault[] = ["refused", "throttled", "answered wrongly", "cut"];
  return () => kinds[Math.floor(random() / share)];
}
