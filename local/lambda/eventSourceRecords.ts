import { md5OfAttributes, systemAttributes, type Message } from "../sqs/message";

/** A message as functions get it. */
export function sqsRecord(message: Message, queueArn: string): object {
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          ...(BinaryValue === undefined
            ? { stringValue: StringValue }
            : { binaryValue: BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    md5OfMessageAttributes: md5OfAttributes(message.attributes),
    md5OfBody: message.bodyMd5,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3],
  };
}

/** Bytes of a record beside the message's own content, with room to spare. */
const recordOverhead = 2048;

/** Bytes that a message takes in an event, or somewhat less. */
export function recordBytes({ body, attributes }: Message): number {
  return Buffer.byteLength(JSON.stringify([body, attributes])) + recordOverhead;
}

/**
 * The ids of the messages that a function's result names as failed.
 * @returns nothing for a result that makes all of them fail: one that is no object, or that names an id that is
 * missing, empty, or not of the batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedIds(result: unknown, batch: Message[]): Set<string> | undefined {
  if (result === null) return new Set();
  if (typeof result !== "object") return undefined;
  const failures = (result as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return undefined;
  const ids = failures.map((failure: unknown) => {
    return (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
  });
  const known = new Set(batch.map(({ id }) => id));
  const isValid = (id: unknown): id is string => typeof id === "string" && known.has(id);
  return ids.every(isValid) ? new Set(ids) : undefined;
}
