/** A token bucket: `rate` tokens a second, at most `burst` at once. */
export class TokenBucket {
  #tokens: number;
  #filledAt = Date.now();

  constructor(
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.#tokens = burst;
  }

  /** Takes one token; false when there is none. `now` in epoch milliseconds. */
  take(now: number): boolean {
    const elapsed = now - this.#filledAt;
    if (elapsed > 0) {
      this.#tokens = Math.min(this.burst, this.#tokens + (elapsed * this.rate) / 1000);
      this.#filledAt = now;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export interface ThrottleSettings {
  rate: number;
  burst: number;
}

/**
 * The throttles of a stage: each route has a bucket of its own, from its route settings or else from the stage's default
 * route settings; then the account's bucket counts.
 */
export class StageThrottle {
  readonly #routes = new Map<string, TokenBucket>();

  constructor(
    private readonly account: TokenBucket,
    private readonly defaults: ThrottleSettings | undefined,
    private readonly perRoute: ReadonlyMap<string, ThrottleSettings>,
  ) {}

  take(routeKey: string, now: number): boolean {
    const bucket = this.#routes.get(routeKey) ?? this.#create(routeKey);
    if (bucket !== unlimited && !bucket.take(now)) return false;
    return this.account.take(now);
  }

  #create(routeKey: string): TokenBucket {
    const settings = this.perRoute.get(routeKey) ?? this.defaults;
    const bucket = settings ? new TokenBucket(settings.rate, settings.burst) : unlimited;
    this.#routes.set(routeKey, bucket);
    return bucket;
  }
}

const unlimited = new TokenBucket(Infinity, Infinity);
