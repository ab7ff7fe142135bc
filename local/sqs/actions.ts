import { invalidValue, SqsError } from "./errors";
import { checkBatchSize, entries, integer, newMessage, text, texts, type Input } from "./input";
import { md5OfAttributes, systemAttributes, type Message, type NewMessage } from "./message";
import type { Queue } from "./queue";
import { queueAttributes } from "./queueAttributes";

/** One request, of a caller who may make it. */
export interface Call {
  input: Input;
  queue: Queue;
  senderId: string;
  /** Ends when the client goes away. */
  signal: AbortSignal;
}

interface Action {
  /** What the caller must be allowed. */
  permission: string;
  /** Whether the answer has to wait until what was done is on disk. */
  changes?: boolean;
  run(call: Call): object | Promise<object>;
}

/** The actions on one queue, which the request's QueueUrl names. */
export const queueActions: Record<string, Action> = {
  SendMessage: {
    permission: "sqs:SendMessage",
    changes: true,
    run: ({ input, queue, senderId }) => {
      const [sent] = queue.send([newMessage(input, queue.settings, senderId)]);
      return sentResult(sent!);
    },
  },
  SendMessageBatch: {
    permission: "sqs:SendMessage",
    changes: true,
    run: ({ input, queue, senderId }) => {
      const list = entries(input);
      checkBatchSize(list);
      const accepted: { Id: string; message: NewMessage }[] = [];
      const { Failed } = each(list, (entry) => {
        accepted.push({ Id: entry.Id, message: newMessage(entry, queue.settings, senderId) });
      });
      const sent = queue.send(accepted.map(({ message }) => message));
      const Successful = sent.map((each, at) => ({ Id: accepted[at]!.Id, ...sentResult(each) }));
      return { Successful, Failed };
    },
  },
  ReceiveMessage: {
    permission: "sqs:ReceiveMessage",
    run: async ({ input, queue, signal }) => {
      const waitReason = "Must be >= 0 and <= 20, if provided.";
      const messages = await queue.receive({
        max: integer(input, "MaxNumberOfMessages", 1, 10) ?? 1,
        visibilitySeconds: integer(input, "VisibilityTimeout", 0, 43_200),
        waitSeconds:
          integer(input, "WaitTimeSeconds", 0, 20, waitReason) ?? queue.settings.receiveWaitSeconds,
        signal,
      });
      if (messages.length === 0) return {};
      return { Messages: messages.map((message) => receivedResult(message, input)) };
    },
  },
  DeleteMessage: {
    permission: "sqs:DeleteMessage",
    changes: true,
    run: ({ input, queue }) => {
      queue.delete(text(input, "ReceiptHandle"));
      return {};
    },
  },
  DeleteMessageBatch: {
    permission: "sqs:DeleteMessage",
    changes: true,
    run: ({ input, queue }) =>
      each(entries(input), (entry) => queue.delete(text(entry, "ReceiptHandle"))),
  },
  ChangeMessageVisibility: {
    permission: "sqs:ChangeMessageVisibility",
    changes: true,
    run: ({ input, queue }) => {
      changeVisibility(queue, input);
      return {};
    },
  },
  ChangeMessageVisibilityBatch: {
    permission: "sqs:ChangeMessageVisibility",
    changes: true,
    run: ({ input, queue }) => each(entries(input), (entry) => changeVisibility(queue, entry)),
  },
  GetQueueAttributes: {
    permission: "sqs:GetQueueAttributes",
    run: ({ input, queue }) => {
      const Attributes = queueAttributes(queue, texts(input, "AttributeNames"));
      return Object.keys(Attributes).length > 0 ? { Attributes } : {};
    },
  },
  GetQueueUrl: {
    permission: "sqs:GetQueueUrl",
    run: ({ queue }) => ({ QueueUrl: queue.settings.url }),
  },
  PurgeQueue: {
    permission: "sqs:PurgeQueue",
    changes: true,
    run: ({ queue }) => {
      queue.purge();
      return {};
    },
  },
};

/** The queue that a request names, by its URL's path or its name; the host of the URL does not matter. */
export function queueName(action: string, input: Input): string {
  if (action === "GetQueueUrl") return text(input, "QueueName");
  const url = text(input, "QueueUrl");
  const name = /^(?:https?:\/\/[^/]+)?\/\d{12}\/([^/]+)$/.exec(url)?.[1];
  if (name === undefined) {
    const message = `The address ${url} is not valid for this endpoint.`;
    throw new SqsError("InvalidAddress", message, "InvalidAddress", 404);
  }
  return name;
}

/** What is listed a page at a time; the token is the number of the next one. */
export function listQueues(queues: Queue[], input: Input): object {
  const prefix = input.QueueNamePrefix === undefined ? "" : text(input, "QueueNamePrefix");
  const urls = queues
    .filter(({ settings }) => settings.name.startsWith(prefix))
    .map(({ settings }) => settings.url);
  const size = integer(input, "MaxResults", 1, 1000);
  const from = input.NextToken === undefined ? 0 : Number(text(input, "NextToken"));
  if (!Number.isInteger(from) || from < 0) {
    throw invalidValue(input.NextToken, "NextToken", "It was not given out.");
  }
  const to = from + (size ?? 1000);
  const page = urls.slice(from, to);
  return {
    ...(page.length > 0 && { QueueUrls: page }),
    ...(size !== undefined && to < urls.length && { NextToken: String(to) }),
  };
}

function changeVisibility(queue: Queue, input: Input): void {
  const seconds = integer(input, "VisibilityTimeout", 0, 43_200);
  const handle = text(input, "ReceiptHandle");
  if (seconds === undefined) {
    throw invalidValue(undefined, "VisibilityTimeout", "Must be between 0 and 43200.");
  }
  queue.changeVisibility(handle, seconds);
}

/** Does each entry of a batch by itself; those that cannot be done are told by their ids. */
function each<Entry extends { Id: string }>(
  list: Entry[],
  act: (entry: Entry) => void,
): { Successful: object[]; Failed: object[] } {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of list) {
    try {
      act(entry);
      Successful.push({ Id: entry.Id });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      const { message, queryCode } = error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: queryCode, Message: message });
    }
  }
  return { Successful, Failed };
}

function sentResult(message: Message): object {
  const { traceHeader } = message;
  return {
    MessageId: message.id,
    MD5OfMessageBody: message.bodyMd5,
    MD5OfMessageAttributes: md5OfAttributes(message.attributes),
    MD5OfMessageSystemAttributes:
      traceHeader === undefined
        ? undefined
        : md5OfAttributes({ AWSTraceHeader: { DataType: "String", StringValue: traceHeader } }),
  };
}

function receivedResult(message: Message, input: Input): object {
  const wanted = [
    ...texts(input, "MessageSystemAttributeNames"),
    ...texts(input, "AttributeNames"),
  ];
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => wanted.includes("All") || wanted.includes(name),
  );
  const patterns = texts(input, "MessageAttributeNames");
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => isWanted(name, patterns)),
  );
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.bodyMd5,
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(hasAttributes && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

/** Names, beginnings of names with `.*`, or all of them. */
function isWanted(name: string, patterns: string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith(".*")
      ? name.startsWith(pattern.slice(0, -2))
      : pattern === "All" || pattern === name,
  );
}
