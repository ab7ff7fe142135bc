import type { Delivering } from "./backend";
import { MAX_SOCKETS } from "./connections";
import { closeConnection, dropExpired } from "./endSession";
import type { FanoutJob } from "./fanoutQueue";
import { leave, removeSession } from "./leave";
import { errorFields, type Log } from "./log";
import { callConnection, forEachBounded } from "./retry";
import { allSessions, isExpired, type Session, type SessionRef } from "./sessions";
import type { Subscriber } from "./subscriptions";

/** What became of a message, in connections. */
interface Tally {
  /** Handed to API Gateway. */
  delivered: number;
  /** Gone; they are removed. */
  gone: number;
  /** Over, though still in the table; they are removed and closed, and got nothing. */
  expired: number;
  /** Not reached in time, or refused. What was stored they can still recover. */
  failed: number;
}

/**
 * How long after its beginning a connection may not be open yet, in ms: `$connect` stores the session before the
 * handshake ends, which has 29 s, and until then posts are answered as if the connection were gone.
 */
const OPENING_MS = 30_000;

/**
 * Posts a frame to every live session of a user but that of one connection, some at a time, within the deadline.
 * @param deadline epoch milliseconds
 */
export async function deliverToUser(
  backend: Delivering,
  username: string,
  data: string,
  deadline: number,
  log: Log,
  except?: string,
): Promise<void> {
  const tally = newTally();
  for await (const sessions of allSessions(backend.sessions, username)) {
    await forEachBounded(sessions, MAX_SOCKETS, async (session) => {
      if (session.connectionId === except) return;
      const outcome = await post(backend, session, data, deadline, log);
      tally[outcome]++;
      if (outcome === "expired") {
        await cleanUp(() => dropExpired(backend, session, deadline, log), session, log);
      } else if (outcome === "gone") {
        await cleanUp(() => dropGone(backend, session, deadline, log), session, log);
      }
    });
  }
  log.info("delivered", { recipient: username, ...tally });
}

/**
 * Posts a frame to subscribers, in their order, some at a time.
 * @param times epoch milliseconds: when to begin no more posts, and when to give up those that were begun
 * @returns how many of them were begun
 */
export async function postToSubscribers(
  backend: Delivering,
  { channel, data, except }: Pick<FanoutJob, "channel" | "data" | "except">,
  subscribers: Subscriber[],
  times: { stopAt: number; deadline: number },
  log: Log,
): Promise<number> {
  const tally = newTally();
  let begun = 0;
  await forEachBounded(subscribers, MAX_SOCKETS, async (subscriber) => {
    if (Date.now() >= times.stopAt) return;
    begun++;
    if (subscriber.connectionId === except) return;
    const outcome = await post(backend, subscriber, data, times.deadline, log);
    tally[outcome]++;
    if (outcome !== "gone" && outcome !== "expired") return;
    const drop = () => dropSubscriber(backend, channel, subscriber, times.deadline, log);
    await cleanUp(drop, subscriber, log);
  });
  if (subscribers.length > 0) log.info("delivered", { channel, ...tally });
  return begun;
}

function newTally(): Tally {
  return { delivered: 0, gone: 0, expired: 0, failed: 0 };
}

async function post(
  { connections }: Pick<Delivering, "connections">,
  recipient: Pick<Session, "connectionId" | "expires">,
  data: string,
  deadline: number,
  log: Log,
): Promise<keyof Tally> {
  if (isExpired(recipient)) return "expired";
  const { connectionId } = recipient;
  const { outcome, error } = await callConnection(
    (timeoutMs) => connections.post(connectionId, data, timeoutMs),
    deadline,
  );
  if (outcome === "done") return "delivered";
  if (outcome === "gone") return "gone";
  log.error("a connection was not reached", {
    recipient: connectionId,
    outcome,
    ...errorFields(error),
  });
  return "failed";
}

/**
 * Removes a session whose connection is gone. It is also closed: should API Gateway be mistaken, the client learns
 * that it has no session, connects again and recovers what it missed.
 */
async function dropGone(
  backend: Delivering,
  session: Session,
  deadline: number,
  log: Log,
): Promise<void> {
  const isOpening = session.connectedAt + OPENING_MS > Date.now();
  if (!isOpening) await removeSession(backend, session);
  await closeConnection(backend.connections, session.connectionId, deadline, log);
}

/** Removes a subscriber's session, and this subscription in case that it is the last trace of it. */
async function dropSubscriber(
  backend: Delivering,
  channel: string,
  subscriber: SessionRef,
  deadline: number,
  log: Log,
): Promise<void> {
  await removeSession(backend, subscriber);
  await leave(backend, channel, subscriber);
  await closeConnection(backend.connections, subscriber.connectionId, deadline, log);
}

/** Waits for a clean-up. Should it fail, the message has still gone out, and the next one tries again. */
async function cleanUp(
  work: () => Promise<unknown>,
  { connectionId }: Pick<SessionRef, "connectionId">,
  log: Log,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error("a session was not removed", { recipient: connectionId, ...errorFields(error) });
  }
}
