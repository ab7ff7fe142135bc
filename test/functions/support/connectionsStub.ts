import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An answer of the stub: a status, as API Gateway would give it, or silence. */
export interface StubReply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Never answers. */
  silent?: boolean;
}

export const GONE: StubReply = {
  status: 410,
  headers: { "x-amzn-errortype": "GoneException" },
  body: "{}",
};

/** A stand-in for @connections that answers what a test says. */
export interface ConnectionsStub {
  endpoint: string;
  /** The frames that each connection got. */
  frames(connectionId: string): unknown[];
  /** The connections that were told to close, in order. */
  closed: string[];
  /** Calls of all kinds that a connection's address got. */
  calls(connectionId: string): number;
  /** Most calls that were open at the same time. */
  peak(): number;
  /** Scripts the answers to a connection's next calls; the last one stays. Without a script: 200. */
  script(connectionId: string, ...replies: StubReply[]): void;
  reset(): void;
  close(): Promise<void>;
}

export async function startConnectionsStub(): Promise<ConnectionsStub> {
  const frames = new Map<string, unknown[]>();
  const scripts = new Map<string, StubReply[]>();
  const calls = new Map<string, number>();
  const closed: string[] = [];
  let open = 0;
  let peak = 0;

  const server = createServer((req, res) => void handle(req, res));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    peak = Math.max(peak, ++open);
    res.on("close", () => open--);
    const id = /^\/ws\/@connections\/(.+)$/.exec(decodeURIComponent(req.url ?? ""))?.[1] ?? "";
    const body = await text(req);
    calls.set(id, (calls.get(id) ?? 0) + 1);
    const replies = scripts.get(id) ?? [];
    const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? { status: 200 };
    if (reply.status === 200 && req.method === "POST") {
      frames.set(id, [...(frames.get(id) ?? []), JSON.parse(body)]);
    }
    if (req.method === "DELETE" && (reply.status ?? 500) < 500) closed.push(id);
    answer(res, reply, req.method === "DELETE" ? 204 : 200);
  }

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    frames: (id) => frames.get(id) ?? [],
    calls: (id) => calls.get(id) ?? 0,
    closed,
    peak: () => peak,
    script: (id, ...replies) => void scripts.set(id, replies),
    reset() {
      frames.clear();
      scripts.clear();
      calls.clear();
      closed.length = 0;
      peak = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(res: ServerResponse, reply: StubReply, success: number): void {
  if (reply.silent) return;
  const status = reply.status === 200 ? success : (reply.status ?? success);
  res.writeHead(status, reply.headers).end(reply.body);
}
