import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { parseJob, type FanoutJob } from "../../../functions/domain/fanoutQueue";

/** A stand-in for SQS that keeps the jobs it is sent. The environment is to point the SDK at it. */
export interface QueueStub {
  url: string;
  endpoint: string;
  /** The texts of the jobs, as they came. */
  bodies: string[];
  /** Takes out what came. */
  take(): FanoutJob[];
  /** How many jobs came with each call. */
  calls: number[];
  /** Refuses that many of the next jobs, for a fault of its own or of the sender. */
  refuse(jobs: number, senderFault?: boolean): void;
  reset(): void;
  close(): Promise<void>;
}

export async function startQueueStub(): Promise<QueueStub> {
  const bodies: string[] = [];
  const calls: number[] = [];
  let refusals = 0;
  let isSendersFault = false;

  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const { Entries } = JSON.parse(body) as { Entries: { Id: string; MessageBody: string }[] };
      calls.push(Entries.length);
      const Successful: object[] = [];
      const Failed: object[] = [];
      for (const { Id, MessageBody } of Entries) {
        if (refusals > 0) {
          refusals--;
          Failed.push({ Id, Code: "InternalError", SenderFault: isSendersFault });
          continue;
        }
        bodies.push(MessageBody);
        const MD5OfMessageBody = createHash("md5").update(MessageBody).digest("hex");
        Successful.push({ Id, MessageId: `m${bodies.length}`, MD5OfMessageBody });
      }
      res.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      res.end(JSON.stringify({ Successful, Failed }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const before = process.env.AWS_ENDPOINT_URL_SQS;
  process.env.AWS_ENDPOINT_URL_SQS = endpoint;

  return {
    url: `${endpoint}/000000000000/fanout`,
    endpoint,
    bodies,
    calls,
    take: () => bodies.splice(0).map(parseJob),
    refuse(jobs, senderFault = false) {
      refusals = jobs;
      isSendersFault = senderFault;
    },
    reset() {
      bodies.length = 0;
      calls.length = 0;
      refusals = 0;
    },
    async close() {
      if (before === undefined) delete process.env.AWS_ENDPOINT_URL_SQS;
      else process.env.AWS_ENDPOINT_URL_SQS = before;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
