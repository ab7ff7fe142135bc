import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Call {
  method: string;
  path: string;
  body: string;
  /** Whether it was signed as the AWS API wants it. */
  signed: boolean;
}

/** A stand-in for API Gateway's management API, which takes every call and keeps it. */
export async function startManagementApi(): Promise<{
  url: string;
  calls: Call[];
  close(): Promise<void>;
}> {
  const calls: Call[] = [];
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const signed = /^AWS4-HMAC-SHA256 .*execute-api/.test(req.headers.authorization ?? "");
      calls.push({ method: req.method!, path: decodeURIComponent(req.url!), body, signed });
      res.writeHead(req.method === "DELETE" ? 204 : 200).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
