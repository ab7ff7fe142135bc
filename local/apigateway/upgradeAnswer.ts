import { IncomingMessage, STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import type { Duplex } from "node:stream";

/** Headers that `$connect` answers. */
export type AnswerHeaders = Record<string, string | string[]>;

// Those are of the handshake itself, or of a body that it does not have.
const reserved =
  /^(connection|upgrade|content-length|content-type|transfer-encoding|sec-websocket-(accept|extensions|version))$/i;

/** Whether a request opens a WebSocket (RFC 6455, 4.2.1). */
export function isHandshake(req: IncomingMessage): boolean {
  const { upgrade, "sec-websocket-key": key, "sec-websocket-version": version } = req.headers;
  const isUpgrade = req.method === "GET" && upgrade?.toLowerCase() === "websocket";
  return isUpgrade && version === "13" && /^[+/0-9A-Za-z]{22}==$/.test(key ?? "");
}

/** The lines of the headers that a function may set. */
export function headerLines(headers: AnswerHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => !reserved.test(name))
    .flatMap(([name, value]) => [value].flat().map((item) => `${name}: ${item}`));
}

/** Whether HTTP allows the names and values; a line break in one would make up more headers. */
export function areValid(headers: AnswerHeaders): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      for (const item of [value].flat()) validateHeaderValue(name, String(item));
    }
    return true;
  } catch {
    return false;
  }
}

/** Answers an upgrade with an HTTP response and ends the connection. */
export function refuse(
  socket: Duplex,
  status: number,
  body: string,
  headers: AnswerHeaders = {},
): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...(areValid(headers) ? headerLines(headers) : []),
  ];
  // A client that keeps its half open must not keep the socket.
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
