import type { PresenceEvent } from "../../protocol/frames";
import type { Leaving, Removing } from "./backend";
import { forEachBounded } from "./retry";
import type { Session, SessionRef } from "./sessions";

/** Subscriptions that are removed at a time. */
const CONCURRENCY = 10;

/** Removes a session with its subscriptions if it still belongs to that connection; tells whether it did. */
export async function removeSession(backend: Removing, ref: SessionRef): Promise<boolean> {
  const removed = await backend.sessions.remove(ref);
  if (removed) await leaveAll(backend, removed);
  return removed !== undefined;
}

/** Ends every subscription of a session that is over. */
export async function leaveAll(backend: Leaving, session: Session): Promise<void> {
  const channels = [...(session.channels ?? [])];
  await forEachBounded(channels, CONCURRENCY, (channel) => leave(backend, channel, session));
}

/** Ends one subscription, and tells the others in the channel if that was the user's last. */
export async function leave(
  backend: Leaving,
  channel: string,
  session: Omit<SessionRef, "sessionKey">,
): Promise<void> {
  const { username, connectionId } = session;
  const wasThere = await backend.subscriptions.remove(channel, session);
  if (!wasThere || !backend.channels.find(channel)?.events) return;
  if (await backend.subscriptions.hasOther(channel, username, connectionId)) return;
  await announce(backend, channel, "leave", session);
}

/**
 * Tells a channel's subscribers who came or went, through the queue: neither a caller's answer nor the clean-up after
 * connections that are gone, of which there may be many at once, waits for all those posts.
 */
export async function announce(
  { queue }: Pick<Leaving, "queue">,
  channel: string,
  event: PresenceEvent["event"],
  { username, connectionId }: Omit<SessionRef, "sessionKey">,
): Promise<void> {
  const at = new Date().toISOString();
  const frame: PresenceEvent = { type: "presence", channel, event, user: username, at };
  const data = JSON.stringify(frame);
  await queue.send([{ channel, from: "", to: "", data, except: connectionId }]);
}
