import type { Graph } from "../graph";
import type { Iam } from "../iam";
import type { Sqs } from "../sqs";
import type { Message } from "../sqs/message";
import { eventSourceMapping, type Lambda } from ".";
import { failedIds, recordBytes, sqsRecord } from "./eventSourceRecords";
import { readEventSources, type EventSourceSettings } from "./eventSourceSettings";

export interface EventSources {
  /** Takes no more messages. Those that functions have at the moment are theirs. */
  close(): Promise<void>;
}

export interface EventSourcesOptions {
  graph: Graph;
  iam: Iam;
  lambda: Pick<Lambda, "invoke">;
  sqs: Sqs;
  log: (line: string) => void;
}

/** Bytes of an event; the rest of what a function may be given is for what surrounds the records. */
const maxEventBytes = 6 * 1024 * 1024 - 1024;

/**
 * The graph's event source mappings: Lambda takes messages from queues in batches and invokes functions with
 * them.
 * @throws Error naming all mappings that AWS would refuse, or that cannot be run here.
 */
export function createEventSources(options: EventSourcesOptions): EventSources {
  const { graph, iam, lambda, sqs, log } = options;
  const closing = new AbortController();
  const pollers = readEventSources(graph, iam, sqs).map((settings) =>
    poll(settings, (batch) => handle(settings, batch, lambda, log), closing.signal),
  );
  return {
    async close() {
      closing.abort();
      await Promise.all(pollers);
    },
  };
}

/** Gathers a batch whenever the function may be given one more, until the signal. */
async function poll(
  settings: EventSourceSettings,
  handleBatch: (batch: Message[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let running = 0;
  let wake = (): void => undefined;
  signal.addEventListener("abort", () => wake());
  while (!signal.aborted) {
    if (running >= settings.concurrency) {
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    const batch = await gather(settings, signal);
    if (batch.length === 0 || signal.aborted) continue;
    running++;
    void handleBatch(batch).finally(() => {
      running--;
      wake();
    });
  }
}

/**
 * Waits for a message, and then for as many more as fit into the batch, until its window is over. The time that
 * a message waits here counts for its visibility timeout, as on AWS.
 */
async function gather(settings: EventSourceSettings, signal: AbortSignal): Promise<Message[]> {
  const { queue, batchSize, windowSeconds } = settings;
  const batch: Message[] = [];
  let bytes = 0;
  let isFull = false;
  const fits = (message: Message): boolean => {
    const sum = bytes + recordBytes(message);
    // An event cannot be smaller than one message.
    isFull = bytes > 0 && sum > maxEventBytes;
    if (!isFull) bytes = sum;
    return !isFull;
  };
  const receive = async (waitSeconds: number): Promise<void> => {
    const max = batchSize - batch.length;
    batch.push(...(await queue.receive({ max, waitSeconds, signal, fits })));
  };
  await receive(Infinity);
  const end = queue.clock.now() + windowSeconds * 1000;
  while (batch.length > 0 && batch.length < batchSize && !isFull && !signal.aborted) {
    const left = end - queue.clock.now();
    if (left <= 0) break;
    await receive(left / 1000);
  }
  return batch;
}

async function handle(
  { name, queue, functionName, reportsFailures }: EventSourceSettings,
  batch: Message[],
  lambda: Pick<Lambda, "invoke">,
  log: (line: string) => void,
): Promise<void> {
  // What is not deleted becomes visible again once its visibility timeout is over.
  try {
    const event = { Records: batch.map((message) => sqsRecord(message, queue.settings.arn)) };
    const result = await lambda.invoke(functionName, event, eventSourceMapping);
    // The function's own log has it.
    if ("functionError" in result) return;
    const failed = reportsFailures ? failedIds(result.payload, batch) : new Set<string>();
    if (!failed) {
      log(`${functionName}: its result is no batch response, so the batch has failed: ${name}`);
      return;
    }
    for (const { id, receiptHandle } of batch) {
      if (!failed.has(id)) queue.delete(receiptHandle!);
    }
  } catch (error) {
    log(`${functionName} was not invoked for ${name}: ${(error as Error).message}`);
  }
}
