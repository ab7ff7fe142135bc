import { limitExceeded, notAuthorized } from "./errors";
import { Expiring } from "./expiring";

/** AWS: after five wrong passwords a user is locked out, for one second at first, twice as long each time, at most 15 minutes. */
const FREE_FAILURES = 5;
const LONGEST_LOCK_MS = 15 * 60_000;
/** AWS documents 5 to 20 attempts an hour at codes and resets; the generous end suits a developer. */
const REQUESTS_PER_HOUR = 20;
const HOUR_MS = 3_600_000;

/** Slows guessing down. Kept in memory: a restart forgives. */
export class Attempts {
  private readonly failures: Expiring<{ count: number; lockedUntil: number }>;
  private readonly requests: Expiring<{ count: number }>;

  constructor(private readonly clock: () => number) {
    this.failures = new Expiring(clock);
    this.requests = new Expiring(clock);
  }

  /** Throws while sign-in with this name is locked out, whether the user exists or not. */
  checkLock(username: string): void {
    const failure = this.failures.get(username);
    if (failure && failure.lockedUntil > this.clock()) {
      throw notAuthorized("Password attempts exceeded");
    }
  }

  passwordFailed(username: string): void {
    const count = (this.failures.get(username)?.count ?? 0) + 1;
    const doublings = count - FREE_FAILURES;
    const lock = doublings < 0 ? 0 : Math.min(1000 * 2 ** doublings, LONGEST_LOCK_MS);
    this.failures.set(username, { count, lockedUntil: this.clock() + lock }, LONGEST_LOCK_MS);
  }

  passwordAccepted(username: string): void {
    this.failures.delete(username);
  }

  /** Counts a request of a kind that is limited by the hour; throws when there were too many. */
  countRequest(action: string, username: string): void {
    const key = `${action} ${username}`;
    const request = this.requests.get(key);
    if (!request) return this.requests.set(key, { count: 1 }, HOUR_MS);
    if (request.count >= REQUESTS_PER_HOUR) throw limitExceeded();
    request.count += 1;
  }
}
