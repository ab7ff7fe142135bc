import type { Delivering } from "./backend";
import { postToSubscribers } from "./delivery";
import type { FanoutJob } from "./fanoutQueue";
import type { Log } from "./log";
import { allDone } from "./retry";
import type { KeyRange } from "./subscriptions";

/** Subscribers that one function reads and posts to before it reads on: what bounds its memory. */
export const FANOUT_PAGE = 500;

/** Subscribers of one range, about: a second or two of a worker's work. */
const RANGE_SIZE = 1000;

/** Most ranges that a channel is parted into; beyond, ranges grow, and workers hand on. */
const MAX_RANGES = 1000;

/** Prefixes of subscribers' keys. */
const PREFIXES = 0x10000;

/**
 * Posts a frame to the first subscribers of a channel, and leaves the others to the workers.
 * @param deadline epoch milliseconds
 */
export async function fanOut(
  backend: Delivering,
  frame: Pick<FanoutJob, "channel" | "data" | "except">,
  deadline: number,
  log: Log,
): Promise<void> {
  const { channel } = frame;
  const all = { from: "", to: "" };
  const { subscribers, next } = await backend.subscriptions.page(channel, all, FANOUT_PAGE);
  const jobs = next === undefined ? [] : rangesAfter(next).map((range) => ({ ...frame, ...range }));
  await allDone([
    postToSubscribers(backend, frame, subscribers, { deadline, stopAt: deadline }, log),
    backend.queue.send(jobs),
  ]);
}

/** Parts what follows the first page: how far that got among the prefixes tells how many there are in all. */
export function rangesAfter(key: string): KeyRange[] {
  const reached = parseInt(key.slice(0, 4), 16) + 1;
  const rest = (FANOUT_PAGE / reached) * (PREFIXES - reached);
  const count = Math.min(MAX_RANGES, Math.max(1, Math.ceil(rest / RANGE_SIZE)));
  const bounds = Array.from({ length: count - 1 }, (_, i) => {
    const prefix = reached + Math.round(((i + 1) * (PREFIXES - reached)) / count);
    return prefix.toString(16).padStart(4, "0");
  });
  const ends = [...new Set(bounds), ""];
  return ends.map((to, i) => ({ from: i === 0 ? key : ends[i - 1]!, to }));
}

/**
 * Posts a frame to all of a range. When the time to begin posts is over, the rest goes back into the queue.
 * @param times epoch milliseconds: when to begin no more posts, and when to give up those that were begun
 */
export async function workOff(
  backend: Delivering,
  job: FanoutJob,
  times: { stopAt: number; deadline: number },
  log: Log,
): Promise<void> {
  let from = job.from;
  for (;;) {
    if (Date.now() >= times.stopAt) {
      await backend.queue.send([{ ...job, from }]);
      log.info("handed on", { channel: job.channel, from, to: job.to });
      return;
    }
    const range = { from, to: job.to };
    const page = await backend.subscriptions.page(job.channel, range, FANOUT_PAGE);
    const begun = await postToSubscribers(backend, job, page.subscribers, times, log);
    const isWhole = begun === page.subscribers.length;
    if (isWhole && page.next === undefined) return;
    from = isWhole ? page.next! : (page.subscribers[begun - 1]?.subscriber ?? from);
  }
}
