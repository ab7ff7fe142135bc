import type { Channels } from "./channels";
import type { Connections } from "./connections";
import type { FanoutQueue } from "./fanoutQueue";
import type { MessageLog } from "./messageLog";
import type { SessionStore } from "./sessions";
import type { SubscriptionStore } from "./subscriptions";

/** What the domain reaches outside. Each function has the part of it that its work needs. */
export interface Backend {
  /** The stored sessions, and the open connections they stand for. */
  sessions: SessionStore;
  connections: Connections;
  /** Who listens to which channel, and what holds for it. */
  subscriptions: SubscriptionStore;
  channels: Channels;
  messages: MessageLog;
  /** Leads to the workers that deliver to large channels. */
  queue: FanoutQueue;
}

/** What it takes to end a connection's subscriptions, and tell those who stay. */
export type Leaving = Pick<Backend, "subscriptions" | "channels" | "queue">;

/** What it takes to remove a session with all that hangs on it. */
export type Removing = Leaving & Pick<Backend, "sessions">;

/** What it takes to reach connections, and to clean up after those that are gone. */
export type Delivering = Removing & Pick<Backend, "connections">;
