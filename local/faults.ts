/**
 * What goes wrong in the cloud, for tests that must see it: none of it happens unless a test hands these in. Nothing
 * here chooses; each is asked for every event or post, and answers by its own rules.
 */
export interface Faults {
  /**
   * Called when a function has been given an event, and again when it has finished but nobody has its result yet.
   * `kill` ends the function's process, as a crash of the machine below it does: at once, or at any time until the
   * event is over, after which it does nothing.
   */
  event?(phase: "begun" | "finished", event: any, kill: () => void): void;
  /** The answer to a POST to @connections, in the place of the one that it would get. */
  post?(connectionId: string, data: string): PostFault | undefined;
  /** Whether `$disconnect`, which AWS promises to try only, does not run for a connection. */
  dropsDisconnect?(connectionId: string): boolean;
}

export interface PostFault {
  status: 410 | 429 | 504;
  /** Whether the frame reaches the client nevertheless. */
  delivered: boolean;
}
