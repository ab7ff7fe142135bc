import type { MessageFrame } from "../../protocol/frames";
import type { Position } from "../../protocol/pages";

export type Placed = Pick<MessageFrame, "channel" | "id" | "from"> & Position;

/** What a client has of one channel: hands each message on once, in the order of offsets. */
export class ChannelView {
  /** Where it has come to; undefined before the first answer to `subscribe`. */
  position?: Position;
  /** The highest offset that it has heard of. */
  tail = 0;
  /** Whether the present connection is known to be subscribed. */
  isSubscribed = false;
  /** The request under way, by `performance.now()`. */
  asked?: { id: string; at: number };
  /** When messages were first known to be missing. */
  gapSince?: number;
  /** What was handed on. */
  readonly seen: Placed[] = [];
  duplicates = 0;
  private readonly early = new Map<number, Placed>();

  constructor(
    readonly channel: string,
    private readonly violation: (text: string) => void,
  ) {}

  get isComplete(): boolean {
    return this.position !== undefined && this.seen.length >= this.tail;
  }

  /** An answer about the log tells where it ends. */
  hear({ epoch, offset }: Position): void {
    this.position ??= { epoch, offset };
    if (!isEmpty(epoch)) this.enter(epoch);
    this.tail = Math.max(this.tail, offset);
  }

  /** @returns how many messages were handed on */
  take(message: Placed): number {
    const { epoch, offset } = message;
    this.hear(message);
    const known = this.seen[offset - 1] ?? this.early.get(offset);
    if (known) {
      this.duplicates++;
      if (known.id !== message.id || known.from !== message.from) {
        this.violation(`${this.channel} has ${known.id} and ${message.id} at offset ${offset}`);
      }
      return 0;
    }
    this.early.set(offset, message);
    let handedOn = 0;
    for (;;) {
      const next = this.early.get(this.seen.length + 1);
      if (!next) break;
      this.early.delete(next.offset);
      this.seen.push(next);
      this.position = { epoch, offset: next.offset };
      handedOn++;
    }
    return handedOn;
  }

  private enter(epoch: string): void {
    const before = this.position!.epoch;
    if (isEmpty(before)) this.position!.epoch = epoch;
    else if (before !== epoch) this.violation(`${this.channel} went from ${before} to ${epoch}`);
  }
}

function isEmpty(epoch: string): boolean {
  return epoch.startsWith("empty-");
}
