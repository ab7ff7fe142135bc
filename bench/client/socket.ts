import { once } from "node:events";
import WebSocket from "ws";
import type { Dial, Frame } from "./job";

/** Connections that are opened at a time. */
const openingAtOnce = 5;

/** Milliseconds. The emulator opens connections one by one, through two functions each. */
const handshakeTimeout = 60_000;

export async function open(
  { url }: Dial,
  headers: Record<string, string>,
  count: number,
): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const next = Array.from({ length: Math.min(openingAtOnce, count - sockets.length) }, () => {
      return new WebSocket(url, { headers, handshakeTimeout, perMessageDeflate: false });
    });
    await Promise.all(next.map((socket) => once(socket, "open")));
    sockets.push(...next);
  }
  return sockets;
}

export interface Listener {
  answered(): void;
  /** With what came instead of an answer. */
  failed(text: string): void;
}

/** Tells answers from messages that a connection gets of other connections. */
export function listen(socket: WebSocket, { answer }: Frame, listener: Listener): void {
  socket.on("message", (data: Buffer) => {
    const text = data.toString("latin1");
    if (text.includes(answer)) listener.answered();
    else if (!text.startsWith('{"type":"message"')) listener.failed(text);
  });
  socket.on("close", (code) => listener.failed(`closed with ${code}`));
  socket.on("error", (error) => listener.failed(error.message));
}
