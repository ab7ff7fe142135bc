/** A map of bounded size whose entries lapse; when it is full the oldest entry goes. */
export class Expiring<V> {
  private readonly entries = new Map<string, { value: V; expires: number }>();

  constructor(
    private readonly clock: () => number,
    private readonly capacity = 10_000,
  ) {}

  set(key: string, value: V, lifetimeMs: number): void {
    this.entries.delete(key);
    if (this.entries.size >= this.capacity) {
      const [oldest] = this.entries.keys();
      this.entries.delete(oldest!);
    }
    this.entries.set(key, { value, expires: this.clock() + lifetimeMs });
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.expires > this.clock()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** Reads an entry that serves once. */
  take(key: string): V | undefined {
    const value = this.get(key);
    this.entries.delete(key);
    return value;
  }
}
