import { randomUUID } from "node:crypto";
import { MAX_DELIVERED_BYTES } from "../../protocol/limits";
import { inboxOf } from "../../protocol/names";
import type { Backend, Delivering } from "./backend";
import { ChannelError } from "./channelError";
import type { Actor, Channel } from "./channels";
import { deliverToUser } from "./delivery";
import { fanOut } from "./fanout";
import { messageFrame, type Message } from "./frames";
import type { Log } from "./log";
import { IdReused, LogContended, type NewMessage, type Retention } from "./messageLog";
import { allDone } from "./retry";

/** A message as its sender wrote it. */
export interface Outgoing {
  id?: string;
  channel: string;
  body: unknown;
  /** Whether it may have been stored before. */
  retry?: boolean;
}

/** Who publishes, and until when connections may be called (epoch milliseconds). */
export interface Publisher extends Actor {
  /** The connection on which the message came: it is told by the acknowledgement. */
  connectionId?: string;
  deadline: number;
}

/** Where a published message is: in the log of its channel, or of the sender's inbox if it is to a user. */
export interface Published {
  id: string;
  channel: string;
  to?: string;
  epoch?: string;
  offset?: number;
}

type Publishing = Delivering & Pick<Backend, "messages">;

/** Longer than any epoch, to tell a message's size before it has a place. */
const LONGEST_EPOCH = "x".repeat(33);

/**
 * Stores a message, if its channel keeps any, and delivers it.
 * @throws ChannelError if that cannot be
 */
export async function publish(
  backend: Publishing,
  publisher: Publisher,
  { channel: name, id = randomUUID(), body, retry = false }: Outgoing,
  log: Log,
): Promise<Published> {
  const channel = backend.channels.open(name, "publish", publisher);
  const message = { id, from: publisher.username, sentAt: Date.now(), body };
  const published =
    channel.inboxOf === undefined
      ? await publishToChannel(backend, publisher, channel, message, retry, log)
      : await publishToUser(backend, publisher, channel, message, retry, log);
  log.info("published", { id, channel: name, offset: published.offset, retry });
  return published;
}

async function publishToChannel(
  backend: Publishing,
  { connectionId, deadline }: Publisher,
  { name, history }: Channel,
  message: NewMessage,
  retry: boolean,
  log: Log,
): Promise<Published> {
  refuseTooLarge({ ...message, channel: name });
  const placed: Message = history
    ? await store(backend, name, message, history, retry)
    : { ...message, channel: name };
  const data = JSON.stringify(messageFrame(placed));
  await fanOut(backend, { channel: name, data, except: connectionId }, deadline, log);
  const { id, epoch, offset } = placed;
  return { id, channel: name, ...(history && { epoch, offset }) };
}

/** A message to a user goes into both inboxes, so that all devices of both see the same. */
async function publishToUser(
  backend: Publishing,
  { username, connectionId, deadline }: Publisher,
  { name: to, inboxOf: recipient, history }: Channel,
  message: NewMessage,
  retry: boolean,
  log: Log,
): Promise<Published> {
  if (!history || recipient === undefined) throw new Error("the inboxes have no retention");
  const own = inboxOf(username);
  refuseTooLarge({ ...message, to, channel: own });
  const deliver = (user: string, placed: Message) =>
    deliverToUser(backend, user, JSON.stringify(messageFrame(placed)), deadline, log, connectionId);
  const storeSent = () => store(backend, own, { ...message, to }, history, retry);
  const answer = ({ id, epoch, offset }: Message) => ({ id, channel: own, to, epoch, offset });

  if (recipient === username) {
    const sent = await storeSent();
    await deliver(username, sent);
    return answer(sent);
  }
  const storeReceived = (sentAt: number) =>
    store(backend, to, { ...message, sentAt }, history, retry);
  let sent: Message;
  let received: Message;
  if (retry) {
    // The sender's inbox tells whether the id was used for something else, whoever that went to: before any of it is
    // stored. It also knows when the message was first sent.
    sent = await storeSent();
    received = await storeReceived(sent.sentAt);
  } else {
    [sent, received] = await allDone([storeSent(), storeReceived(message.sentAt)]);
  }
  await allDone([deliver(recipient, received), deliver(username, sent)]);
  return answer(sent);
}

async function store(
  { messages }: Pick<Backend, "messages">,
  channel: string,
  message: NewMessage,
  retention: Retention,
  retry: boolean,
): Promise<Message> {
  try {
    if (!retry) return await messages.append(channel, message, retention);
    return (await messages.appendOnce(channel, message, retention)).message;
  } catch (error) {
    if (error instanceof IdReused) {
      throw new ChannelError("id-reused", "id: you have sent another message with it");
    }
    if (error instanceof LogContended) {
      throw new ChannelError("unavailable", "too many write to this channel: send it again");
    }
    throw error;
  }
}

function refuseTooLarge(message: Message): void {
  const frame = messageFrame({
    ...message,
    epoch: LONGEST_EPOCH,
    offset: Number.MAX_SAFE_INTEGER,
  });
  if (Buffer.byteLength(JSON.stringify(frame)) > MAX_DELIVERED_BYTES) {
    throw new ChannelError("too-large", "body: the message would exceed 127 KB");
  }
}
