import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "./clock";
import { invalidValue, purgeInProgress, receiptHandleIsInvalid } from "./errors";
import type { Change } from "./journal";
import { md5, type Message, type NewMessage } from "./message";
import type { QueueSettings } from "./settings";

export interface ReceiveRequest {
  /** Messages at most. */
  max: number;
  /** How long to wait for the first one; Infinity: until the signal. */
  waitSeconds: number;
  /** Default: the queue's own. */
  visibilitySeconds?: number;
  /** Ends the wait, without a message. */
  signal?: AbortSignal;
  /** Whether a message may join those that were taken; one that may not ends the wait. */
  fits?: (message: Message) => boolean;
}

interface Waiter {
  request: ReceiveRequest;
  settle: (messages: Message[]) => void;
}

/** A standard queue: every message is received at least once, in the order of sending as long as nothing fails. */
export class Queue {
  /** Where messages go that were received too often. */
  deadLetters?: Queue;

  private readonly messages = new Map<string, Message>();
  private readonly visible = new Set<Message>();
  /** What calls off that a message becomes visible. */
  private readonly hidden = new Map<Message, () => void>();
  private readonly waiters = new Set<Waiter>();
  private purgedAt = -Infinity;

  constructor(
    readonly settings: QueueSettings,
    readonly clock: Clock,
    private readonly record: (id: string, change: Change) => void,
  ) {}

  /** Takes over what an earlier run has left. */
  restore(messages: Iterable<Message>): void {
    for (const message of messages) {
      this.messages.set(message.id, message);
      this.hideUntil(message, message.hiddenUntil);
    }
  }

  all(): Iterable<Message> {
    return this.messages.values();
  }

  send(news: NewMessage[]): Message[] {
    const sentAt = this.clock.now();
    const messages = news.map(({ delaySeconds, ...news }): Message => {
      const delay = delaySeconds ?? this.settings.delaySeconds;
      const hiddenUntil = sentAt + delay * 1000;
      const bodyMd5 = md5(news.body);
      return { id: randomUUID(), ...news, bodyMd5, sentAt, receiveCount: 0, hiddenUntil };
    });
    messages.forEach((message) => this.add(message));
    this.dispatch();
    return messages;
  }

  /** Waits for the first message, and takes as many as there are then. */
  receive(request: ReceiveRequest): Promise<Message[]> {
    const { signal, waitSeconds } = request;
    const { taken, isFull } = this.take(request);
    if (taken.length > 0 || isFull || waitSeconds <= 0 || signal?.aborted) {
      return Promise.resolve(taken);
    }
    return new Promise((resolve) => {
      const giveUp = (): void => waiter.settle([]);
      const isBounded = waitSeconds !== Infinity;
      const callOff = isBounded ? this.clock.after(waitSeconds * 1000, giveUp) : undefined;
      const waiter: Waiter = {
        request,
        settle: (messages) => {
          this.waiters.delete(waiter);
          callOff?.();
          signal?.removeEventListener("abort", giveUp);
          resolve(messages);
        },
      };
      signal?.addEventListener("abort", giveUp);
      this.waiters.add(waiter);
    });
  }

  /**
   * Deletes a message, also one whose visibility timeout is over. By a handle that a later receive has replaced
   * nothing is deleted, and nobody is told, as on AWS.
   * @throws SqsError for a handle that is not of this queue.
   */
  delete(handle: string): void {
    const message = this.messages.get(this.idOf(handle));
    if (message?.receiptHandle === handle) this.remove(message);
  }

  /** @throws SqsError unless the message is in flight. */
  changeVisibility(handle: string, seconds: number): void {
    const message = this.messages.get(this.idOf(handle));
    if (!message || message.receiptHandle !== handle || !this.hidden.has(message)) {
      const reason = "Message does not exist or is not available for visibility timeout change.";
      throw invalidValue(handle, "ReceiptHandle", reason);
    }
    this.hideUntil(message, this.clock.now() + seconds * 1000);
    this.record(message.id, { hiddenUntil: message.hiddenUntil });
    this.dispatch();
  }

  /** @throws SqsError if the last purge was less than a minute ago, as on AWS. */
  purge(): void {
    const now = this.clock.now();
    if (now - this.purgedAt < 60_000) throw purgeInProgress(this.settings.name);
    this.purgedAt = now;
    for (const message of [...this.messages.values()]) this.remove(message);
  }

  /** How many messages can be received, are in flight, and are delayed. */
  count(): { visible: number; inFlight: number; delayed: number } {
    for (const message of [...this.messages.values()]) this.removeExpired(message);
    const delayed = [...this.hidden.keys()].filter((message) => !message.receiptHandle).length;
    return { visible: this.visible.size, inFlight: this.hidden.size - delayed, delayed };
  }

  /** Ends all waits, and lets nothing happen any more by itself. */
  close(): void {
    this.waiters.forEach((waiter) => waiter.settle([]));
    this.hidden.forEach((callOff) => callOff());
  }

  private add(message: Message): void {
    this.messages.set(message.id, message);
    this.record(message.id, message);
    this.hideUntil(message, message.hiddenUntil);
  }

  private remove(message: Message): void {
    this.hidden.get(message)?.();
    this.hidden.delete(message);
    this.visible.delete(message);
    this.messages.delete(message.id);
    this.record(message.id, null);
  }

  /** A change of the time at which a message becomes visible; those who wait get it by `dispatch`. */
  private hideUntil(message: Message, time: number): void {
    this.hidden.get(message)?.();
    this.hidden.delete(message);
    this.visible.delete(message);
    message.hiddenUntil = time;
    const left = time - this.clock.now();
    if (left <= 0) {
      this.visible.add(message);
      return;
    }
    const show = (): void => {
      this.hidden.delete(message);
      this.visible.add(message);
      this.dispatch();
    };
    this.hidden.set(message, this.clock.after(left, show));
  }

  private dispatch(): void {
    for (const waiter of this.waiters) {
      if (this.visible.size === 0) return;
      const { taken, isFull } = this.take(waiter.request);
      if (taken.length > 0 || isFull) waiter.settle(taken);
    }
  }

  private take(request: ReceiveRequest): { taken: Message[]; isFull: boolean } {
    const taken: Message[] = [];
    let isFull = false;
    for (const message of this.visible) {
      if (taken.length >= request.max) break;
      if (this.removeExpired(message) || this.redrive(message)) continue;
      isFull = request.fits?.(message) === false;
      if (isFull) break;
      taken.push(message);
    }
    // Only now: with a visibility timeout of 0 they are visible again at once.
    for (const message of taken) this.markReceived(message, request.visibilitySeconds);
    // Later receives change the messages themselves.
    return { taken: taken.map((message) => ({ ...message })), isFull };
  }

  private markReceived(
    message: Message,
    visibilitySeconds = this.settings.visibilityTimeoutSeconds,
  ): void {
    const now = this.clock.now();
    message.receiveCount++;
    message.firstReceivedAt ??= now;
    message.receiptHandle = this.newHandle(message.id);
    this.hideUntil(message, now + visibilitySeconds * 1000);
    const { id, receiveCount, firstReceivedAt, receiptHandle, hiddenUntil } = message;
    this.record(id, { receiveCount, firstReceivedAt, receiptHandle, hiddenUntil });
  }

  private removeExpired(message: Message): boolean {
    const isExpired = this.clock.now() >= message.sentAt + this.settings.retentionSeconds * 1000;
    if (isExpired) this.remove(message);
    return isExpired;
  }

  /** The time of sending stays, and with it that of expiry, as on AWS; receives are counted by each queue. */
  private redrive(message: Message): boolean {
    const { redrive, arn } = this.settings;
    if (!redrive || !this.deadLetters || message.receiveCount < redrive.maxReceiveCount) {
      return false;
    }
    this.remove(message);
    this.deadLetters.add({
      ...message,
      deadLetterSource: arn,
      receiveCount: 0,
      firstReceivedAt: undefined,
      receiptHandle: undefined,
    });
    this.deadLetters.dispatch();
    return true;
  }

  private newHandle(id: string): string {
    const text = `${this.settings.name} ${id} ${randomBytes(12).toString("base64")}`;
    return Buffer.from(text).toString("base64");
  }

  private idOf(handle: string): string {
    const [name, id] = Buffer.from(handle, "base64").toString().split(" ");
    if (name !== this.settings.name || id === undefined) throw receiptHandleIsInvalid(handle);
    return id;
  }
}
