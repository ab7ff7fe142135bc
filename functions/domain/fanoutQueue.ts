import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { KeyRange } from "./subscriptions";

/** A frame that goes to a range of a channel's subscribers. */
export interface FanoutJob extends KeyRange {
  channel: string;
  /** The frame. */
  data: string;
  /** The connection that does not get it. */
  except?: string;
}

/** Takes work for the delivering workers. */
export interface FanoutQueue {
  /** Hands jobs over; once this returns, the queue has all of them. */
  send(jobs: FanoutJob[]): Promise<void>;
}

/** SQS takes ten messages a call. */
const BATCH_SIZE = 10;

/** SQS takes 1 MiB a call, 256 KB in Regions that are behind; a job alone may be larger than that. */
const BATCH_BYTES = 240 * 1024;

/** Calls for jobs of which SQS refused some for its own faults, and the longest pause before each, ms. */
const TRIES = 4;
const LONGEST_PAUSE_MS = 100;

export function createFanoutQueue(queueUrl: string): FanoutQueue {
  const client = new SQSClient({
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });

  async function sendBatch(bodies: string[]): Promise<void> {
    let left = bodies;
    for (let attempt = 1; ; attempt++) {
      const Entries = left.map((MessageBody, i) => ({ Id: String(i), MessageBody }));
      const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
      const { Failed = [] } = await client.send(command);
      if (Failed.length === 0) return;
      if (attempt === TRIES || Failed.some(({ SenderFault }) => SenderFault)) {
        const { Code, Message } = Failed[0]!;
        throw new Error(`the queue refused ${Failed.length} jobs: ${Code}: ${Message}`);
      }
      left = Failed.flatMap(({ Id }) => left[Number(Id)] ?? []);
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }

  return {
    async send(jobs) {
      for (const batch of batches(jobs)) await sendBatch(batch);
    },
  };
}

/** The jobs' texts, as many together as one call takes. */
function* batches(jobs: FanoutJob[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const body = bodyOf(job);
    const size = Buffer.byteLength(body);
    if (batch.length === BATCH_SIZE || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(body);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** JSON without the two characters that JSON leaves as they are and SQS does not take. */
function bodyOf(job: FanoutJob): string {
  return JSON.stringify(job).replace(/[\ufffe\uffff]/g, (character) =>
    character === "\ufffe" ? "\\ufffe" : "\\uffff",
  );
}

/** Reads a job out of the queue. @throws Error if it is none */
export function parseJob(text: string): FanoutJob {
  const job = JSON.parse(text) as Partial<FanoutJob>;
  const isText = (value: unknown) => typeof value === "string";
  if (![job.channel, job.from, job.to, job.data].every(isText)) {
    throw new Error("the message is no job of the fan-out");
  }
  return job as FanoutJob;
}
