import fs from "node:fs/promises";
import type { Message } from "./message";

/** What has become of a message: fields that are new or have changed, or null for one that is gone. */
export type Change = Partial<Message> | null;

/** Queue names to message ids to messages, each in the order in which they came. */
export type Contents = Map<string, Map<string, Message>>;

/** A line of the file: `[queue, id, change]`. */
type Line = [queue: string, id: string, change: Change];

/** Changes beyond those that the messages themselves need, before the file is written anew. */
const slack = 1000;

/**
 * The messages of all queues on disk: a file of changes, one a line, that is replaced by what is left of them
 * once most of them are history. What was written outlives a crash of this process, not one of the machine.
 */
export class Journal {
  private lines: string[] = [];
  private file?: fs.FileHandle;
  private running: Promise<void> = Promise.resolve();
  private queued?: Promise<void>;
  private written = 0;
  private isClosed = false;

  /** @param contents gives what there is at the moment. */
  constructor(
    private readonly path: string,
    private readonly contents: () => Iterable<[queue: string, messages: Iterable<Message>]>,
    private readonly log: (line: string) => void,
  ) {}

  /** Once closed, nothing is recorded any more: a message that goes then comes again in the next run. */
  record(queue: string, id: string, change: Change): void {
    if (this.isClosed) return;
    this.lines.push(line(queue, id, change));
    // Whoever waits for it gets the error; it is in the log in any case.
    this.flushed().catch(() => undefined);
  }

  /** Resolves once everything up to this call is in the file. */
  flushed(): Promise<void> {
    // A write that waits for its turn takes these changes along.
    if (this.queued) return this.queued;
    const turn = this.running.then(() => {
      this.queued = undefined;
      return this.write();
    });
    this.queued = turn;
    this.running = turn.catch((error: Error) => this.log(`SQS: ${error.message}`));
    return turn;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.flushed();
    await this.file?.close();
  }

  private async write(): Promise<void> {
    const lines = this.lines;
    this.lines = [];
    if (this.file === undefined || this.written > slack) return this.rewrite();
    if (lines.length === 0) return;
    this.written += lines.length;
    try {
      await this.file.appendFile(lines.join(""));
    } catch (error) {
      // The end of the file may be half a line now: the next write begins a new file.
      this.written = Infinity;
      throw error;
    }
  }

  private async rewrite(): Promise<void> {
    const all: string[] = [];
    for (const [queue, messages] of this.contents()) {
      for (const message of messages) all.push(line(queue, message.id, message));
    }
    await this.file?.close();
    this.file = undefined;
    const temporary = `${this.path}.tmp`;
    await fs.writeFile(temporary, all.join(""), { mode: 0o600 });
    await fs.rename(temporary, this.path);
    this.file = await fs.open(this.path, "a", 0o600);
    // As many changes again as there are messages make writing anew worth it.
    this.written = -all.length;
  }
}

/** The messages that an earlier run has left. */
export async function readJournal(path: string): Promise<Contents> {
  const contents: Contents = new Map();
  const text = await fs.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  for (const each of complete.split("\n").filter(Boolean)) {
    const [queue, id, change] = JSON.parse(each) as Line;
    const messages = contents.get(queue) ?? new Map<string, Message>();
    contents.set(queue, messages);
    if (change === null) messages.delete(id);
    else messages.set(id, Object.assign(messages.get(id) ?? {}, change) as Message);
  }
  return contents;
}

function line(...entry: Line): string {
  return `${JSON.stringify(entry)}\n`;
}
