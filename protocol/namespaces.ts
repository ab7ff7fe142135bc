/**
 * Who may do something with a channel: everyone signed in, the members of a group of the user pool, the user whose
 * name the channel's name begins with, or nobody but code inside the stack.
 */
export type Access = "authenticated" | `group:${string}` | "owner" | "backend";

/** What holds for the channels of a namespace. */
export interface Namespace {
  /** Who may subscribe, read the history and see who is there: anyone that one of these lets. */
  subscribe: Access[];
  /** Who may publish. */
  publish: Access[];
  /** How many seconds messages are kept, and how many of the newest at most. Without it they are not stored. */
  history?: { seconds: number; count?: number };
  /** Whether subscribers may ask who is there. */
  presence: boolean;
  /** Whether subscribers are told who joins and who leaves. */
  events: boolean;
}

/** The namespace of users' inboxes, which every stack has. */
export const INBOX_NAMESPACE = "user";
