import { randomBytes } from "node:crypto";
import assert from "node:assert/strict";
import { Connection, type Frame, type Handshake } from "./client";
import type { Target } from "./target";
import { newUser, type User } from "./users";

/** What the tests of a `describe` act on. */
export interface Scene {
  readonly target: Target;
  /** Someone new, since a connection that the test before closed may still take messages for a moment. */
  user(name: string): Promise<User>;
  /** A connection that is closed after the test. */
  connect(user: User, session?: string): Promise<Connection>;
}

/** To be called inside of a `describe`. */
export function setScene(getTarget: () => Target): Scene {
  const open: Connection[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  return {
    get target() {
      return getTarget();
    },
    user: (name) => newUser(getTarget(), name),
    async connect(user, session) {
      const handshake: Handshake = { token: user.access, session };
      const connection = await Connection.open(getTarget(), handshake);
      open.push(connection);
      return connection;
    },
  };
}

/** The name of a channel that no earlier run has used. */
export function newChannel(namespace: string): string {
  return `${namespace}:${randomBytes(6).toString("hex")}`;
}

/** Subscribes, and waits until that is done. */
export async function subscribe(
  connection: Connection,
  channel: string,
  position?: { epoch: string; offset: number },
): Promise<Frame> {
  const frame = { action: "subscribe", channel, ...(position && { position }) };
  return await connection.ask(frame, { type: "subscribed", channel });
}

/** Publishes bodies one after the other, and gives the acknowledgements. */
export async function publish(
  connection: Connection,
  channel: string,
  ...bodies: unknown[]
): Promise<Frame[]> {
  const acks: Frame[] = [];
  for (const body of bodies) {
    acks.push(await connection.ask({ action: "send", channel, body }, { type: "ack" }));
  }
  return acks;
}

/** The channel's stored messages, up to 200, if they fit on one page. */
export async function stored(connection: Connection, channel: string): Promise<Frame[]> {
  const page = await connection.ask({ action: "history", channel }, { type: "history", channel });
  assert.equal(page.more, false);
  return page.messages;
}

/**
 * Asserts that nothing more came. The service hands a message to the recipients' connections before it acknowledges it,
 * and a connection keeps the order: what was on its way is there when an answer to a later frame is.
 */
export async function assertNothingCame(...connections: Connection[]): Promise<void> {
  for (const connection of connections) {
    await connection.ask({ action: "ping" }, { type: "pong" });
    assert.deepEqual(connection.unread, []);
  }
}

/** The next messages of a channel, as many as are expected. */
export async function nextMessages(
  connection: Connection,
  channel: string,
  count: number,
): Promise<Frame[]> {
  const messages: Frame[] = [];
  while (messages.length < count) {
    messages.push(await connection.next({ type: "message", channel }));
  }
  return messages;
}

export function bodiesOf(messages: Frame[]): unknown[] {
  return messages.map(({ body }) => body);
}

export function offsetsOf(frames: Frame[]): number[] {
  return frames.map(({ offset }) => offset);
}
