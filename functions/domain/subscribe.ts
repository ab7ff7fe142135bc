import { MAX_PAGE_BYTES, MAX_SUBSCRIPTIONS } from "../../protocol/limits";
import type { Backend, Leaving } from "./backend";
import { ChannelError } from "./channelError";
import type { Channel } from "./channels";
import { announce, leave } from "./leave";
import { InvalidPosition, type Page, type Position } from "./messageLog";
import { isExpired, SessionOver, TooManyChannels, type Session, type SessionRef } from "./sessions";

/** Where a new subscription begins; without a page, in a channel that stores nothing. */
export interface Begun {
  page?: Page;
  /** Whether the page, with what follows it, is all that was missed; answers a position. */
  recovered?: boolean;
}

/**
 * Subscribes a connection to a channel. The subscription is stored before the log is read, so that a message is
 * either on the page or is delivered, or both. Everyone is subscribed to their own inbox already.
 * @throws ChannelError
 */
export async function subscribe(
  backend: Leaving & Pick<Backend, "sessions" | "messages">,
  channel: Channel,
  session: SessionRef,
  position?: Position,
): Promise<Begun> {
  if (channel.inboxOf !== undefined) await requireSession(backend.sessions, session);
  const isFirst = channel.inboxOf === undefined && (await join(backend, channel, session));
  const begun = await begin(backend.messages, channel, position);
  if (isFirst) await announce(backend, channel.name, "join", session);
  return begun;
}

/** Ends a subscription. @throws ChannelError */
export async function unsubscribe(
  backend: Leaving & Pick<Backend, "sessions">,
  channel: Channel,
  session: SessionRef,
): Promise<void> {
  if (channel.inboxOf !== undefined) {
    throw new ChannelError("forbidden", "channel: messages to you always reach you");
  }
  await leave(backend, channel.name, session);
  await backend.sessions.removeChannel(session, channel.name);
}

/** Messages to a user reach sessions: a connection that has lost its own would wait for them in vain. */
async function requireSession(sessions: Backend["sessions"], ref: SessionRef): Promise<void> {
  const session = await sessions.get(ref.username, ref.sessionKey);
  if (session?.connectionId !== ref.connectionId || isExpired(session)) throw sessionOver();
}

/** Stores the subscription; tells whether others are to be told that the user came. */
async function join(
  { sessions, subscriptions }: Pick<Backend, "sessions" | "subscriptions">,
  channel: Channel,
  ref: SessionRef,
): Promise<boolean> {
  // On the session first: whatever happens next, the end of the session finds it.
  const { expires } = await note(sessions, ref, channel.name);
  const { username, sessionKey, connectionId } = ref;
  // Looked up before, so that of two connections that join at once at least one is told of.
  const hasOther =
    !channel.events || (await subscriptions.hasOther(channel.name, username, connectionId));
  const subscription = { channel: channel.name, username, sessionKey, connectionId, expires };
  const isNew = await subscriptions.put(subscription);
  return isNew && !hasOther;
}

async function note(
  sessions: Backend["sessions"],
  ref: SessionRef,
  channel: string,
): Promise<Session> {
  try {
    const session = await sessions.addChannel(ref, channel, MAX_SUBSCRIPTIONS);
    if (isExpired(session)) throw new SessionOver("the session has expired");
    return session;
  } catch (error) {
    if (error instanceof SessionOver) {
      throw sessionOver();
    }
    if (error instanceof TooManyChannels) {
      const rule = `channel: unsubscribe from another, ${MAX_SUBSCRIPTIONS} is the most`;
      throw new ChannelError("too-many-subscriptions", rule);
    }
    throw error;
  }
}

function sessionOver(): ChannelError {
  return new ChannelError("session-expired", "this connection's session is over: connect again");
}

async function begin(
  messages: Backend["messages"],
  { name, history }: Channel,
  position: Position | undefined,
): Promise<Begun> {
  if (!history) return position ? { recovered: false } : {};
  if (!position) {
    return { page: { ...(await messages.tail(name, history)), messages: [], more: false } };
  }
  try {
    const page = await messages.recover(name, history, position, MAX_PAGE_BYTES);
    return { page, recovered: page.recovered };
  } catch (error) {
    if (!(error instanceof InvalidPosition)) throw error;
    throw new ChannelError("invalid-position", `position: ${error.message}`);
  }
}
