/** One live connection of a user. A user has as many as devices or tabs. */
export interface Session {
  username: string;
  sessionKey: string;
  connectionId: string;
  /** Epoch milliseconds. */
  connectedAt: number;
  /** When the connection is over at the latest, epoch seconds: also the table's TTL. */
  expires: number;
  /** When the credential expires, epoch seconds. */
  credentialExpires: number;
  subprotocol?: string;
  sourceIp?: string;
  userAgent?: string;
  /** The channels that the connection is subscribed to; left out when there are none. */
  channels?: Set<string>;
}

/** What names a session together with the connection that holds it now. */
export type SessionRef = Pick<Session, "username" | "sessionKey" | "connectionId">;

/** A page of a user's sessions, expired ones included; `next` is the key to go on after. */
export interface SessionPage {
  sessions: Session[];
  next?: string;
}

/** Where sessions are kept. */
export interface SessionStore {
  /**
   * Stores a session in place of the one with the same key, which is returned.
   * @throws NewerSession if that one was connected later: then nothing is stored.
   */
  put(session: Session): Promise<Session | undefined>;
  /** Removes the session if it still belongs to that connection, and gives back what it was. */
  remove(ref: SessionRef): Promise<Session | undefined>;
  /**
   * Notes a channel that the session's connection is subscribed to, and gives back the session.
   * @throws SessionOver if the session is no longer that connection's
   * @throws TooManyChannels if it has that many others already
   */
  addChannel(ref: SessionRef, channel: string, most: number): Promise<Session>;
  /** Forgets it, if the session is still that connection's. */
  removeChannel(ref: SessionRef, channel: string): Promise<void>;
  /** Strongly consistent. */
  get(username: string, sessionKey: string): Promise<Session | undefined>;
  /** The next page of a user's sessions, strongly consistent, expired ones included, at most `limit` if given. */
  page(username: string, after?: string, limit?: number): Promise<SessionPage>;
  /** The session of a connection. May lag behind by a moment. */
  findByConnection(connectionId: string): Promise<Session | undefined>;
}

/** The session key was taken by a connection that is newer than this one. */
export class NewerSession extends Error {
  override readonly name = "NewerSession";
}

/** The connection has no session any more: it was removed, or a newer connection holds it. */
export class SessionOver extends Error {
  override readonly name = "SessionOver";
}

/** The session has as many channels as it may have. */
export class TooManyChannels extends Error {
  override readonly name = "TooManyChannels";
}

/** Whether a session is over. Its row may outlive it by days, since the table's TTL is late. */
export function isExpired(session: Pick<Session, "expires">, now = Date.now()): boolean {
  return session.expires * 1000 <= now;
}

/** Every page of a user's sessions. */
export async function* allSessions(
  store: SessionStore,
  username: string,
): AsyncGenerator<Session[]> {
  let after: string | undefined;
  do {
    const page = await store.page(username, after);
    yield page.sessions;
    after = page.next;
  } while (after !== undefined);
}
