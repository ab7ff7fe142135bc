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
