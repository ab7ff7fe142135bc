import { setTimeout as sleep } from "node:timers/promises";
import { failureOf, type Failure } from "./connections";

/** Longest wait for one call to a connection. */
const CALL_TIMEOUT_MS = 3000;

/** First and longest pause between two tries; the actual one is random below it, so that retries spread out. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

export type Outcome = "done" | Exclude<Failure, "transient"> | "out-of-time";

/** The end of a call that did not succeed, with the last error. */
export interface CallResult {
  outcome: Outcome;
  error?: unknown;
}

/**
 * Calls a connection, again and again while the failure may pass and time is left.
 * @param deadline epoch milliseconds
 */
export async function callConnection(
  call: (timeoutMs: number) => Promise<void>,
  deadline: number,
): Promise<CallResult> {
  let error: unknown;
  for (let attempt = 0; ; attempt++) {
    const left = deadline - Date.now();
    if (left <= 0) return { outcome: "out-of-time", error };
    try {
      await call(Math.min(left, CALL_TIMEOUT_MS));
      return { outcome: "done" };
    } catch (caught) {
      error = caught;
      const failure = failureOf(caught);
      if (failure !== "transient") return { outcome: failure, error };
    }
    const pause = Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
    if (Date.now() + pause >= deadline) return { outcome: "out-of-time", error };
    await sleep(pause);
  }
}

/**
 * Runs a task for every item, at most `limit` at a time. When tasks fail, the others are still run to their end
 * before the first error is thrown, so that nothing goes on behind a function's answer.
 */
export async function forEachBounded<T>(
  items: T[],
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const errors: unknown[] = [];
  const worker = async () => {
    for (const item of queue) await task(item).catch((error: unknown) => errors.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}

/** What `Promise.all` gives, but after a failure, too, everything has come to its end. */
export async function allDone<A, B>(work: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
