import { createHash } from "node:crypto";

/** A message attribute, as the API's JSON has it. */
export interface MessageAttribute {
  /** String, Number or Binary, each with a label of the sender's after a dot if there is one. */
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
}

export type MessageAttributes = Record<string, MessageAttribute>;

/** What a sender gives. */
export interface NewMessage {
  body: string;
  attributes: MessageAttributes;
  senderId: string;
  traceHeader?: string;
  groupId?: string;
  /** Until when nobody receives it; none: the queue's own delay. */
  delaySeconds?: number;
}

/** A message of a queue, as it is kept. Times are in milliseconds since 1970. */
export interface Message {
  id: string;
  body: string;
  bodyMd5: string;
  attributes: MessageAttributes;
  senderId: string;
  traceHeader?: string;
  groupId?: string;
  sentAt: number;
  /** The queue that it was moved from, since it was received too often. */
  deadLetterSource?: string;
  receiveCount: number;
  firstReceivedAt?: number;
  /** The handle of the last time that it was received. */
  receiptHandle?: string;
  hiddenUntil: number;
}

export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * The digest of attributes that clients verify: of each, in the order of the names, the name, the type, a byte
 * for the kind of its value, and the value; all but the byte after their length in four bytes.
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (value: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    hash.update(length).update(value);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    if (BinaryValue === undefined) {
      hash.update(Buffer.of(1));
      add(Buffer.from(StringValue ?? ""));
    } else {
      hash.update(Buffer.of(2));
      add(Buffer.from(BinaryValue, "base64"));
    }
  }
  return hash.digest("hex");
}

/** What counts against the limit: the body and the attributes with their names and types, in bytes. */
export function sizeOf(body: string, attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue ?? "") +
      Buffer.byteLength(BinaryValue ?? "", "base64"),
    Buffer.byteLength(body),
  );
}

/** The system attributes of a message that was received, as the API and events name them. */
export function systemAttributes(message: Message): Record<string, string> {
  const all: Record<string, string | undefined> = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    AWSTraceHeader: message.traceHeader,
    MessageGroupId: message.groupId,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
