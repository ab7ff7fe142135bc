import { randomUUID } from "node:crypto";
import type { ErrorCode } from "../../protocol/errors";
import type { MessageFrame } from "../../protocol/frames";
import { MAX_MESSAGE_BYTES } from "../../protocol/limits";
import { userOfChannel } from "../../protocol/names";
import type { Backend } from "./backend";
import { deliverToUser } from "./delivery";
import type { Log } from "./log";

/** A message as its sender wrote it. */
export interface Message {
  id?: string;
  channel: string;
  body: unknown;
}

/** What became of it. */
export interface Sent {
  id: string;
  channel: string;
  /** Sessions it was handed to. */
  delivered: number;
  /** Live sessions it did not reach, if there are any. */
  failed?: number;
}

/** A message that cannot be sent, with the code that the client is told. */
export class MessageError extends Error {
  override readonly name = "MessageError";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Sends a message to every live session of the user whose channel it names.
 * @throws MessageError if there is no such channel or the message is too large
 */
export async function sendMessage(
  backend: Backend,
  from: string,
  { channel, body, id = randomUUID() }: Message,
  deadline: number,
  log: Log,
): Promise<Sent> {
  const recipient = userOfChannel(channel);
  if (recipient === undefined) {
    throw new MessageError("unknown-channel", "channel: no such channel, write user:<name>");
  }
  const sentAt = new Date().toISOString();
  const frame: MessageFrame = { type: "message", channel, id, from, sentAt, body };
  const data = JSON.stringify(frame);
  if (Buffer.byteLength(data) > MAX_MESSAGE_BYTES) {
    throw new MessageError("too-large", "body: the message would exceed 128 KB");
  }
  const tally = await deliverToUser(backend, recipient, data, deadline, log);
  log.info("message sent", { id, recipient, ...tally });
  const { delivered, failed } = tally;
  return { id, channel, delivered, ...(failed > 0 ? { failed } : {}) };
}
