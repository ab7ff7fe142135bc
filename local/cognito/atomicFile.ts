import { open, rename } from "node:fs/promises";

/** A file that is only ever replaced whole, one write at a time, readable by its owner alone. */
export class AtomicFile {
  private running: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly serialise: () => string,
  ) {}

  /** Resolves once a state that includes everything up to this call is on disk. */
  save(): Promise<void> {
    // A write that waits for its turn will take this change along.
    if (this.queued) return this.queued;
    const turn = this.running.then(() => {
      this.queued = undefined;
      return this.write();
    });
    this.queued = turn;
    // A failed write is its callers' to report; the next one starts afresh.
    this.running = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for the writes under way. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async write(): Promise<void> {
    const temporary = `${this.path}.tmp`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(this.serialise());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
  }
}
