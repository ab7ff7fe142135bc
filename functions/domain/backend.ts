import type { Connections } from "./connections";
import type { SessionStore } from "./sessions";

/** What the domain reaches outside: the stored sessions, and the open connections they stand for. */
export interface Backend {
  store: SessionStore;
  connections: Connections;
}
