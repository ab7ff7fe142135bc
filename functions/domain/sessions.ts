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
  /** Removes the session if it still belongs to that connection; tells whether it did. */
  remove(ref: SessionRef): Promise<boolean>;
  get(username: string, sessionKey: string): Promise<Session | undefined>;
  /** The next page of a user's sessions, expired ones included, at most `limit` if given. */
  page(username: string, after?: string, limit?: number): Promise<SessionPage>;
  /** The session of a connection. May lag behind by a moment. */
  findByConnection(connectionId: string): Promise<Session | undefined>;
}

/** The session key was taken by a connection that is newer than this one. */
export class NewerSession extends Error {
  override readonly name = "NewerSession";
}

/** Whether a session is over. Its row may outlive it by days, since the table's TTL is late. */
export function isExpired(session: Session, now = Date.now()): boolean {
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
