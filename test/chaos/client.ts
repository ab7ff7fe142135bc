import WebSocket from "ws";
import type { AckFrame, ErrorFrame, MessageFrame, ServerFrame } from "../../protocol/frames";
import type { Position } from "../../protocol/pages";
import type { Chance } from "./chance";
import type { PlannedClient, PlannedMessage } from "./plan";
import { ChannelView, type Placed } from "./view";

/** Milliseconds between looks at what is to be done. */
const tick = 50;
/** Milliseconds that a message may be late, since deliveries overtake each other, before it is asked for. */
const lateness = 100;
/**
 * Milliseconds without an answer after which a frame is sent again. Failures are told and cuts are known, so only a
 * busy machine makes anyone wait that long.
 */
const patience = 10_000;
/**
 * Milliseconds without any frame, and between any two checks, after which a client checks that it is still
 * subscribed and has missed nothing: there is no later message to show that the last one is missing.
 */
const silence = 2000;
const checkInterval = 15_000;
/** Messages that wait for their acknowledgement at a time. */
const window = 2;

interface Sending {
  message: PlannedMessage;
  /** By `performance.now()`; undefined: not sent on this connection. */
  at?: number;
  tries: number;
}

export interface ClientCounts {
  terminated: number;
  abandoned: number;
  connections: number;
  resends: number;
  gaps: number;
  checks: number;
}

/** A client of the protocol as a library would be, whose connections are cut now and then. */
export class Client {
  readonly views = new Map<string, ChannelView>();
  readonly acks = new Map<string, Placed>();
  /** What the service must not do. */
  readonly violations: string[] = [];
  readonly counts: ClientCounts = {
    ...{ terminated: 0, abandoned: 0, connections: 0, resends: 0, gaps: 0, checks: 0 },
  };
  /** Chance of a cut after a message. */
  cutRate = 0;
  private readonly outbox: PlannedMessage[] = [];
  private readonly sending = new Map<string, Sending>();
  private readonly left: WebSocket[] = [];
  private readonly ticker: NodeJS.Timeout;
  private socket?: WebSocket;
  private retryAt = 0;
  /** By `performance.now()`; the first check is due at once. */
  private checkedAt = -checkInterval;
  private heardAt = 0;
  private handedOn = 0;
  private requests = 0;
  /** The message, by its number, after which the connection is cut. */
  private cutAfter?: number;

  constructor(
    readonly plan: PlannedClient,
    private readonly url: string,
    private readonly token: string,
    private readonly chance: Chance,
  ) {
    for (const channel of [`user:${plan.user}`, ...plan.rooms]) {
      this.views.set(channel, new ChannelView(channel, (text) => this.violation(text)));
    }
    this.ticker = setInterval(() => this.act(), tick);
  }

  /** Whether it knows where each of its channels begins. */
  get isReady(): boolean {
    return [...this.views.values()].every(({ position }) => position !== undefined);
  }

  get isDone(): boolean {
    return this.outbox.length === 0 && this.sending.size === 0;
  }

  sendAll(): void {
    this.outbox.push(...this.plan.messages);
    this.act();
  }

  close(): void {
    clearInterval(this.ticker);
    for (const socket of [this.socket, ...this.left]) socket?.terminate();
    this.socket = undefined;
  }

  private act(): void {
    const now = performance.now();
    if (!this.socket) {
      if (now >= this.retryAt) this.connect();
      return;
    }
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const checkedFor = now - this.checkedAt;
    if (checkedFor >= checkInterval || Math.min(checkedFor, now - this.heardAt) >= silence) {
      this.checkedAt = now;
      this.counts.checks++;
      for (const view of this.views.values()) view.isSubscribed = false;
    }
    for (const view of this.views.values()) this.catchUp(view, now);
    this.send(now);
  }

  private catchUp(view: ChannelView, now: number): void {
    const { channel, position } = view;
    if (view.isComplete) view.gapSince = undefined;
    else view.gapSince ??= now;
    if (view.asked && now - view.asked.at < patience) return;
    if (!view.isSubscribed) {
      this.ask(view, now, { action: "subscribe", channel, position });
    } else if (view.gapSince !== undefined && now - view.gapSince >= lateness) {
      this.counts.gaps++;
      this.ask(view, now, { action: "history", channel, after: position!.offset });
    }
  }

  private ask(view: ChannelView, at: number, frame: object): void {
    const id = `${this.plan.name}-${++this.requests}`;
    view.asked = { id, at };
    this.socket!.send(JSON.stringify({ ...frame, id }));
  }

  private send(now: number): void {
    while (this.sending.size < window && this.outbox.length > 0) {
      const message = this.outbox.shift()!;
      this.sending.set(message.id, { message, tries: 0 });
    }
    for (const sending of this.sending.values()) {
      if (sending.at !== undefined && now - sending.at < patience) continue;
      const retry = sending.tries++ > 0;
      if (retry) this.counts.resends++;
      sending.at = now;
      const frame = { action: "send", ...sending.message, ...(retry && { retry }) };
      this.socket!.send(JSON.stringify(frame));
    }
  }

  private connect(): void {
    const socket = new WebSocket(`${this.url}?session=${this.plan.name}`, {
      headers: { authorization: `Bearer ${this.token}` },
      perMessageDeflate: false,
      handshakeTimeout: patience,
    });
    this.socket = socket;
    this.counts.connections++;
    const isCurrent = () => this.socket === socket;
    socket.on("open", () => {
      if (isCurrent()) this.checkedAt = -checkInterval;
      this.act();
    });
    socket.on("message", (data: Buffer) => {
      if (isCurrent()) this.receive(data.toString());
    });
    // A refused handshake, or a broken connection: 'close' follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (isCurrent()) this.forget();
    });
  }

  /** There is no connection any more: what waits for an answer will get none. */
  private forget(): void {
    this.socket = undefined;
    const pause = this.chance("reconnect", this.plan.name, this.counts.connections) * 200;
    this.retryAt = performance.now() + pause;
    for (const view of this.views.values()) view.asked = undefined;
    this.sendAgain();
  }

  private sendAgain(): void {
    for (const sending of this.sending.values()) sending.at = undefined;
  }

  private receive(text: string): void {
    this.heardAt = performance.now();
    const frame = JSON.parse(text) as ServerFrame | { type?: undefined; message: string };
    if (frame.type === "message") {
      if (this.views.has(frame.channel)) this.take(placed(frame));
      else this.violation(`a message of ${frame.channel}, which it is not subscribed to`);
    } else if (frame.type === "ack") {
      this.acknowledge(frame);
    } else if (frame.type === "subscribed" || frame.type === "history") {
      const view = this.views.get(frame.channel)!;
      if (view.asked?.id === frame.id) view.asked = undefined;
      if (frame.type === "subscribed") {
        view.isSubscribed = true;
        if (frame.recovered === false) this.violation(`${frame.channel} was not recovered`);
      }
      view.hear(frame as Position);
      for (const message of frame.messages) this.take(placed(message));
    } else if (frame.type === "error") {
      this.fail(frame);
    } else if (frame.type === undefined) {
      // API Gateway's own error, which does not tell what frame failed.
      this.sendAgain();
      for (const view of this.views.values()) view.asked = undefined;
    }
    if (this.cutAfter !== undefined) this.cut(this.cutAfter);
    else if (this.socket?.readyState === WebSocket.OPEN) this.send(performance.now());
  }

  private acknowledge({ id, channel, epoch, offset }: AckFrame): void {
    if (epoch === undefined || offset === undefined) {
      return this.violation(`${id} was acknowledged without a place`);
    }
    const ack = { channel, id, from: this.plan.user, epoch, offset };
    const before = this.acks.get(id);
    if (before && (before.offset !== offset || before.epoch !== epoch)) {
      this.violation(`${id} was acknowledged at ${before.offset}, and again at ${offset}`);
    }
    this.acks.set(id, ack);
    this.sending.delete(id);
    // The connection that sends a message gets it as its acknowledgement.
    if (this.views.has(channel)) this.take(ack);
  }

  private fail({ code, id, message }: ErrorFrame): void {
    if (code === "unavailable") {
      const sending = this.sending.get(id!);
      if (sending) sending.at = undefined;
      for (const view of this.views.values()) if (view.asked?.id === id) view.asked = undefined;
    } else if (code === "session-expired") {
      this.socket!.close();
      this.forget();
    } else {
      this.violation(`${code}: ${message} (${id})`);
    }
  }

  private take(message: Placed): void {
    for (let left = this.views.get(message.channel)!.take(message); left > 0; left--) {
      this.handedOn++;
      const isCut = this.chance("cut", this.plan.name, this.handedOn) < this.cutRate;
      if (isCut) this.cutAfter ??= this.handedOn;
    }
  }

  /** Ends the connection without a close: the peer learns it from the network, or does not learn it at all. */
  private cut(after: number): void {
    this.cutAfter = undefined;
    const { socket } = this;
    if (!socket) return;
    if (this.chance("abandon", this.plan.name, after) < 0.5) {
      this.counts.terminated++;
      socket.terminate();
    } else {
      this.counts.abandoned++;
      socket.pause();
      this.left.push(socket);
    }
    this.forget();
  }

  private violation(text: string): void {
    this.violations.push(`${this.plan.name}: ${text}`);
  }
}

function placed({ channel, id, from, epoch, offset }: MessageFrame): Placed {
  return { channel, id, from, epoch: epoch!, offset: offset! };
}
