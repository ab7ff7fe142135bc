import type { WebSocket } from "ws";
import type { AuthorizerContext } from "./authorizer";
import type { ApiDefinition, StageDefinition } from "./definitions";
import { newId } from "./identifiers";

/** A client's connection, from its handshake on. */
export class Connection {
  readonly id = newId();
  readonly connectedAt = Date.now();
  readonly stage: string;
  readonly stageVariables: Record<string, string>;
  lastActiveAt = this.connectedAt;
  authorizer: AuthorizerContext | undefined;
  /** Why API Gateway ends the connection, or what the client broke. */
  ending: { code: number; reason: string } | undefined;
  #socket: WebSocket | undefined;

  constructor(
    readonly api: ApiDefinition,
    stage: StageDefinition,
    readonly identity: { sourceIp: string; userAgent?: string },
  ) {
    this.stage = stage.name;
    this.stageVariables = stage.variables;
  }

  open(socket: WebSocket): void {
    this.#socket = socket;
    this.lastActiveAt = Date.now();
  }

  /** Bytes that wait for the client to read. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(text: string): void {
    this.lastActiveAt = Date.now();
    this.#socket!.send(text);
  }

  /** Stops reading while the client does not read what it was sent. */
  pauseUntilBelow(bytes: number): void {
    const socket = this.#socket!;
    if (socket.isPaused || socket.bufferedAmount <= bytes) return;
    socket.pause();
    const check = () => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > bytes) setTimeout(check, 10);
      else socket.resume();
    };
    setTimeout(check, 10);
  }

  /** Begins the closing handshake, once. */
  end(code: number, reason: string): void {
    if (this.ending) return;
    this.ending = { code, reason };
    this.#socket!.close(code, reason);
  }

  terminate(): void {
    this.#socket?.terminate();
  }
}
