import type { Backend } from "./backend";
import { MAX_SOCKETS } from "./connections";
import { dropExpired } from "./endSession";
import { errorFields, type Log } from "./log";
import { callConnection, forEachBounded } from "./retry";
import { allSessions, isExpired, type Session } from "./sessions";

/** What became of a message, in sessions. */
export interface Tally {
  /** Handed to API Gateway. */
  delivered: number;
  /** Their connection was gone; they are removed. */
  gone: number;
  /** Over, though still in the table; they are removed and closed, and got nothing. */
  expired: number;
  /** Not reached in time, or refused. */
  failed: number;
}

/**
 * Posts a frame to every live session of a user, some at a time, within the deadline.
 * @param deadline epoch milliseconds
 */
export async function deliverToUser(
  backend: Backend,
  username: string,
  data: string,
  deadline: number,
  log: Log,
): Promise<Tally> {
  const tally: Tally = { delivered: 0, gone: 0, expired: 0, failed: 0 };
  for await (const sessions of allSessions(backend.store, username)) {
    await forEachBounded(sessions, MAX_SOCKETS, async (session) => {
      tally[await deliver(backend, session, data, deadline, log)]++;
    });
  }
  return tally;
}

async function deliver(
  { store, connections }: Backend,
  session: Session,
  data: string,
  deadline: number,
  log: Log,
): Promise<keyof Tally> {
  if (isExpired(session)) {
    await cleanUp(dropExpired({ store, connections }, session, deadline, log), session, log);
    return "expired";
  }
  const { outcome, error } = await callConnection(
    (timeoutMs) => connections.post(session.connectionId, data, timeoutMs),
    deadline,
  );
  if (outcome === "done") return "delivered";
  if (outcome === "gone") {
    await cleanUp(store.remove(session), session, log);
    return "gone";
  }
  log.error("a session was not reached", {
    recipient: session.connectionId,
    outcome,
    ...errorFields(error),
  });
  return "failed";
}

/** Waits for a clean-up. Should it fail, the message has still gone out, and the next one tries again. */
async function cleanUp(work: Promise<unknown>, session: Session, log: Log): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { connectionId } = session;
    log.error("a session was not removed", { recipient: connectionId, ...errorFields(error) });
  }
}
