import { tooManyRequests } from "./errors";
import { InitFailure, sandboxEnded, type Outcome, type Sandbox } from "./sandbox";

export interface PoolOptions {
  start: () => Sandbox;
  /** Sandboxes at a time. */
  maxSandboxes: number;
  /** Sandboxes that are started as soon as there is an event for each; more are only for those that wait. */
  eagerSandboxes: number;
  /** Events at a time, run or waiting, beyond which more are refused; none: no such limit. */
  reservedConcurrency?: number;
  /** How long more than two idle sandboxes are kept. */
  idleSeconds: number;
}

/** What may wait for a sandbox. AWS would start more sandboxes instead; one machine cannot. */
const maxWaiting = 10_000;
const maxWaitingCharacters = 64 * 1024 * 1024;

/**
 * Milliseconds without an event begun, while some wait, after which another sandbox is started beyond those that are
 * started at once. A function that computes begins one every few milliseconds and would gain nothing from more
 * sandboxes than cores, each of which has to warm up first: on 2 cores, 8 answer 388 sends a second and 2 answer 651.
 */
const patience = 100;

/** Idle sandboxes that are kept whatever happens. */
const keptIdle = 2;

interface Waiting {
  event: string;
  settle: (outcome: Outcome) => void;
}

/** The sandboxes of a function: as many as there are events at a time, up to a bound; more events wait. */
export class Pool {
  private readonly sandboxes = new Set<Sandbox>();
  /** The one used last is used next, so that the others can go when there is less to do. */
  private readonly idle: Sandbox[] = [];
  private readonly waiting: Waiting[] = [];
  private waitingCharacters = 0;
  private starting = 0;
  private running = 0;
  /** When a sandbox last began an event or came to be ready, by `performance.now()`. */
  private lastProgress = 0;
  private impatience?: NodeJS.Timeout;
  private reaper?: NodeJS.Timeout;
  private isClosed = false;

  constructor(private readonly options: PoolOptions) {}

  /** @throws Error named TooManyRequestsException if as much waits as may, or the concurrency is used up. */
  invoke(event: string): Promise<Outcome> {
    const isFull =
      this.waiting.length >= maxWaiting ||
      this.waitingCharacters + event.length > maxWaitingCharacters ||
      this.running + this.waiting.length >= (this.options.reservedConcurrency ?? Infinity);
    if (isFull || this.isClosed) return Promise.reject(tooManyRequests());
    return new Promise((settle) => {
      this.waiting.push({ event, settle });
      this.waitingCharacters += event.length;
      this.dispatch();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.impatience);
    clearTimeout(this.reaper);
    while (this.waiting.length > 0) this.next().settle({ functionError: sandboxEnded });
    await Promise.all([...this.sandboxes].map((sandbox) => sandbox.end()));
  }

  private dispatch(): void {
    while (this.waiting.length > 0 && this.idle.length > 0) {
      void this.run(this.idle.pop()!, this.next());
    }
    while (this.wantsAnother()) {
      void this.start();
    }
  }

  private wantsAnother(): boolean {
    const { eagerSandboxes, maxSandboxes } = this.options;
    const { size } = this.sandboxes;
    if (this.isClosed || this.starting >= this.waiting.length || size >= maxSandboxes) return false;
    if (size < eagerSandboxes) return true;
    // One at a time: the last may be all that was missing.
    if (this.starting > 0) return false;
    const left = this.lastProgress + patience - performance.now();
    if (left <= 0) return true;
    this.impatience ??= setTimeout(() => {
      this.impatience = undefined;
      this.dispatch();
    }, left).unref();
    return false;
  }

  private next(): Waiting {
    const next = this.waiting.shift()!;
    this.waitingCharacters -= next.event.length;
    return next;
  }

  private async run(sandbox: Sandbox, { event, settle }: Waiting): Promise<void> {
    this.running++;
    this.lastProgress = performance.now();
    const outcome = await sandbox.invoke(event);
    this.running--;
    this.release(sandbox);
    settle(outcome);
  }

  private release(sandbox: Sandbox): void {
    if (!sandbox.isOver) this.idle.push(sandbox);
    this.dispatch();
    if (this.idle.length <= keptIdle) return;
    this.reaper ??= setTimeout(() => this.reap(), this.options.idleSeconds * 1000).unref();
  }

  /** Those at the bottom of the stack have waited longest. */
  private reap(): void {
    this.reaper = undefined;
    for (const sandbox of this.idle.splice(0, this.idle.length - keptIdle)) {
      this.sandboxes.delete(sandbox);
      void sandbox.end();
    }
  }

  private async start(): Promise<void> {
    const sandbox = this.options.start();
    this.sandboxes.add(sandbox);
    this.starting++;
    void sandbox.ended.then(() => this.remove(sandbox));
    try {
      await sandbox.ready;
      this.starting--;
      this.lastProgress = performance.now();
      this.release(sandbox);
    } catch (error) {
      this.starting--;
      this.sandboxes.delete(sandbox);
      this.failInit(error as InitFailure);
    }
  }

  private remove(sandbox: Sandbox): void {
    if (!this.sandboxes.delete(sandbox)) return;
    const at = this.idle.indexOf(sandbox);
    if (at >= 0) this.idle.splice(at, 1);
    this.dispatch();
  }

  /** Code that does not load fails the event that asked for it, and all that wait if none has loaded. */
  private failInit({ functionError }: InitFailure): void {
    if (this.isClosed) return;
    const isHopeless = this.sandboxes.size === this.starting;
    const failing = Math.min(isHopeless ? Infinity : 1, this.waiting.length);
    for (let i = 0; i < failing; i++) this.next().settle({ functionError });
    this.dispatch();
  }
}
