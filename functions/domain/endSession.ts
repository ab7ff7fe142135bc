import type { Delivering } from "./backend";
import { MAX_SOCKETS, type Connections } from "./connections";
import { removeSession } from "./leave";
import { errorFields, type Log } from "./log";
import { callConnection, forEachBounded } from "./retry";
import { allSessions, isExpired, type Session, type SessionRef } from "./sessions";

/** Closes a connection; tells whether it is closed now. A connection that is gone already counts as closed. */
export async function closeConnection(
  connections: Connections,
  connectionId: string,
  deadline: number,
  log: Log,
): Promise<boolean> {
  const { outcome, error } = await callConnection(
    (timeoutMs) => connections.close(connectionId, timeoutMs),
    deadline,
  );
  if (outcome === "done" || outcome === "gone") return true;
  log.error("a connection was not closed", {
    closing: connectionId,
    outcome,
    ...errorFields(error),
  });
  return false;
}

/**
 * Ends a session: closes its connection, then removes it. In that order, because a session without its row
 * could not be ended again. Tells whether it is over.
 */
export async function endSession(
  backend: Delivering,
  session: SessionRef,
  deadline: number,
  log: Log,
): Promise<boolean> {
  const closed = await closeConnection(backend.connections, session.connectionId, deadline, log);
  if (closed) await removeSession(backend, session);
  return closed;
}

/** Ends every session of a user and counts the live ones among them. */
export async function endAllSessions(
  backend: Delivering,
  username: string,
  deadline: number,
  log: Log,
): Promise<{ closed: number; failed: number }> {
  const count = { closed: 0, failed: 0 };
  for await (const sessions of allSessions(backend.sessions, username)) {
    await forEachBounded(sessions, MAX_SOCKETS, async (session) => {
      if (isExpired(session)) await dropExpired(backend, session, deadline, log);
      else if (await endSession(backend, session, deadline, log)) count.closed++;
      else count.failed++;
    });
  }
  return count;
}

/** Removes a session that is over and closes its connection, should that still be open. */
export async function dropExpired(
  backend: Delivering,
  session: Session,
  deadline: number,
  log: Log,
): Promise<void> {
  await removeSession(backend, session);
  await closeConnection(backend.connections, session.connectionId, deadline, log);
}

/** The live ones among these sessions; the expired ones are dropped. */
export async function keepLive(
  backend: Delivering,
  sessions: Session[],
  deadline: number,
  log: Log,
): Promise<Session[]> {
  const expired = sessions.filter((session) => isExpired(session));
  await forEachBounded(expired, MAX_SOCKETS, (session) =>
    dropExpired(backend, session, deadline, log),
  );
  return sessions.filter((session) => !expired.includes(session));
}
