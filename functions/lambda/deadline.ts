/** What a function keeps of its time to answer with. */
const MARGIN_MS = 500;

/** Longest time spent on calls to connections: the client waits for the answer meanwhile. */
const LONGEST_MS = 10_000;

/** Until when a function may call connections, epoch milliseconds. */
export function deadlineOf(
  context: { getRemainingTimeInMillis(): number },
  longestMs = LONGEST_MS,
): number {
  return Date.now() + Math.min(context.getRemainingTimeInMillis() - MARGIN_MS, longestMs);
}

/** What part of its time a worker begins posts in; the rest is for those that have to be tried again. */
const BEGINNING = 0.6;

/** When a worker begins no more posts, and when it gives up those that were begun, epoch milliseconds. */
export function workTimes(context: { getRemainingTimeInMillis(): number }): {
  stopAt: number;
  deadline: number;
} {
  const now = Date.now();
  const left = context.getRemainingTimeInMillis();
  // Twice the margin: what remains is handed on in the end. Half of a short time, so that every job gets on.
  const time = Math.max(0, left / 2, left - 2 * MARGIN_MS);
  return { stopAt: now + time * BEGINNING, deadline: now + time };
}
