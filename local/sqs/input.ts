import { invalidParameter, invalidValue, missingParameter, SqsError } from "./errors";
import { sizeOf, type MessageAttribute, type MessageAttributes, type NewMessage } from "./message";
import type { QueueSettings } from "./settings";

/** A request's body. */
export type Input = Record<string, unknown>;

/** Bytes of a message, and of all messages of a batch. */
export const maxBatchBytes = 1_048_576;
const maxBatchEntries = 10;
const maxAttributes = 10;

/** @throws SqsError unless the text is there. */
export function text(input: Input, parameter: string): string {
  const value = input[parameter];
  if (typeof value !== "string" || value === "") throw missingParameter(parameter);
  return value;
}

/** @throws SqsError for a value out of bounds; none is undefined. */
export function integer(
  input: Input,
  parameter: string,
  from: number,
  to: number,
  reason = `Must be between ${from} and ${to}, if provided.`,
): number | undefined {
  const value = input[parameter] ?? undefined;
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || Number(value) < from || Number(value) > to) {
    throw invalidValue(value, parameter, reason);
  }
  return Number(value);
}

/** A list of texts; none is empty. */
export function texts(input: Input, parameter: string): string[] {
  const value = input[parameter] ?? [];
  if (!Array.isArray(value)) throw invalidValue(value, parameter, "Must be a list.");
  return value.map(String);
}

/** @throws SqsError for entries that are none, too many, or not told apart by their ids. */
export function entries(input: Input): (Input & { Id: string })[] {
  const list = (input.Entries ?? []) as Input[];
  if (!Array.isArray(list) || list.length === 0) {
    throw new SqsError(
      "EmptyBatchRequest",
      "There should be at least one entry in the batch request.",
    );
  }
  if (list.length > maxBatchEntries) {
    throw new SqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${maxBatchEntries}. You have sent ${list.length}.`,
    );
  }
  const ids = list.map((entry) => text(entry, "Id"));
  if (!ids.every((id) => /^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new SqsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. " +
        "It can be at most 80 letters long.",
    );
  }
  const repeated = ids.find((id, at) => ids.indexOf(id) < at);
  if (repeated !== undefined) {
    throw new SqsError("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
  }
  return list as (Input & { Id: string })[];
}

/** @throws SqsError if the messages are too long together. */
export function checkBatchSize(list: Input[]): void {
  const bytes = list.reduce(
    (sum, entry) => sum + sizeOf(text(entry, "MessageBody"), attributesOf(entry)),
    0,
  );
  if (bytes > maxBatchBytes) {
    throw new SqsError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${maxBatchBytes} bytes. You have sent ${bytes} bytes.`,
    );
  }
}

/** @throws SqsError for a message that the queue does not take. */
export function newMessage(input: Input, queue: QueueSettings, senderId: string): NewMessage {
  const body = text(input, "MessageBody");
  const forbidden = forbiddenCharacter.exec(body);
  if (forbidden) {
    const code = forbidden[0].charCodeAt(0).toString(16);
    throw new SqsError(
      "InvalidMessageContents",
      `Invalid binary character '#x${code}' was found in the message body, the set of allowed characters is ` +
        "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
      "InvalidMessageContents",
    );
  }
  const attributes = attributesOf(input);
  if (sizeOf(body, attributes) > queue.maxMessageBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maxMessageBytes} bytes.`,
    );
  }
  if (input.MessageDeduplicationId !== undefined) {
    throw invalidValue(
      input.MessageDeduplicationId,
      "MessageDeduplicationId",
      "The request includes a parameter that is not valid for this queue type",
    );
  }
  const system = (input.MessageSystemAttributes ?? {}) as MessageAttributes;
  return {
    body,
    attributes,
    senderId,
    traceHeader: system.AWSTraceHeader?.StringValue,
    groupId: input.MessageGroupId === undefined ? undefined : text(input, "MessageGroupId"),
    delaySeconds: integer(input, "DelaySeconds", 0, 900, "DelaySeconds must be >= 0 and <= 900."),
  };
}

/** Characters that XML has no place for. */
// eslint-disable-next-line no-control-regex
const forbiddenCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

function attributesOf(input: Input): MessageAttributes {
  const given = Object.entries((input.MessageAttributes ?? {}) as MessageAttributes);
  if (given.length > maxAttributes) {
    throw invalidParameter(
      `Number of message attributes [${given.length}] exceeds the allowed maximum [${maxAttributes}].`,
    );
  }
  return Object.fromEntries(given.map(([name, value]) => [name, attribute(name, value)]));
}

function attribute(name: string, value: MessageAttribute): MessageAttribute {
  const { DataType, StringValue, BinaryValue } = value;
  if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name)) {
    throw invalidParameter(`Invalid message attribute name: ${name}`);
  }
  if (!/^(String|Number|Binary)(\..+)?$/.test(DataType ?? "")) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type ` +
        "prefixes is Binary, Number, and String.",
    );
  }
  const content = DataType.startsWith("Binary") ? BinaryValue : StringValue;
  if (typeof content !== "string" || content === "") {
    throw invalidParameter(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute ` +
        `type '${DataType}'.`,
    );
  }
  return DataType.startsWith("Binary")
    ? { DataType, BinaryValue: content }
    : { DataType, StringValue: content };
}
