export type Action = "ping" | "echo" | "send";

/** How a client reaches a subject, and what its answers look like. */
export interface Dial {
  url: string;
  headers: Record<string, string>;
  /** What the client sends for an action, and what an answer to it contains. */
  frames: Record<Action, Frame>;
  /**
   * The headers of a user who is connected once, to whom `send` goes. Default: none; a message then goes to the
   * connection that sent it.
   */
  recipient?: Record<string, string>;
}

export interface Frame {
  text: string;
  answer: string;
}

/** As many frames as can be had in a given time: each connection sends its next when its last is answered. */
export interface RateJob {
  kind: "rate";
  dial: Dial;
  action: Action;
  connections: number;
  warmUpSeconds: number;
  seconds: number;
}

/** So many frames at once. */
export interface BurstJob {
  kind: "burst";
  dial: Dial;
  action: Action;
  connections: number;
  frames: number;
  /** When to give up. */
  seconds: number;
}

export type Job = RateJob | BurstJob;

export interface Measured {
  /** Frames that were answered as expected. */
  answered: number;
  /** Frames that were answered otherwise. */
  failed: number;
  /** One of the answers that were not expected. */
  failure?: string;
  /** Answered frames a second. */
  rate: number;
  /** Milliseconds between a frame and its answer. */
  p50: number;
  p99: number;
  seconds: number;
}

export type ClientAnswer = { measured: Measured } | { error: string };
