import type { Connections } from "./connections";
import { errorFields, type Log } from "./log";
import { callConnection } from "./retry";
import type { SessionRef, SessionStore } from "./sessions";

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
  log.error("a connection could not be closed", { closing: connectionId, ...errorFields(error) });
  return false;
}

/**
 * Ends a session: closes its connection, then removes it. In that order, because a session without its row
 * could not be ended again.
 */
export async function endSession(
  store: SessionStore,
  connections: Connections,
  session: SessionRef,
  deadline: number,
  log: Log,
): Promise<boolean> {
  const closed = await closeConnection(connections, session.connectionId, deadline, log);
  if (closed) await store.remove(session);
  return closed;
}
