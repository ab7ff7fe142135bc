import { SqsError } from "./errors";
import type { Queue } from "./queue";

/** When this run began: the queues of the local run have no other beginning. */
const startedAt = String(Math.floor(Date.now() / 1000));

/**
 * A queue's attributes as the API names them.
 * @param names those that are wanted; All for all.
 * @throws SqsError for a name that queues do not have.
 */
export function queueAttributes(queue: Queue, names: string[]): Record<string, string> {
  const { settings } = queue;
  const { visible, inFlight, delayed } = queue.count();
  const all: Record<string, string | undefined> = {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: startedAt,
    LastModifiedTimestamp: startedAt,
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    MaximumMessageSize: String(settings.maxMessageBytes),
    MessageRetentionPeriod: String(settings.retentionSeconds),
    DelaySeconds: String(settings.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(settings.receiveWaitSeconds),
    SqsManagedSseEnabled: String(settings.isEncrypted),
    ...settings.documents,
  };
  const unknown = names.find(
    (name) => name !== "All" && !(name in all) && !absentAttributes.has(name),
  );
  if (unknown !== undefined) {
    const message = `Unknown Attribute ${unknown}.`;
    throw new SqsError("InvalidAttributeName", message, "InvalidAttributeName");
  }
  return Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (names.includes("All") || names.includes(entry[0])),
    ),
  );
}

/** Attributes that other queues have: of FIFO, and of keys of one's own. */
const absentAttributes = new Set([
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
]);
