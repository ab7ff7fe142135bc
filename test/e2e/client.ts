import { once } from "node:events";
import { request, type IncomingHttpHeaders } from "node:http";
import { request as requestTls } from "node:https";
import { randomBytes } from "node:crypto";
import WebSocket from "ws";
import type { Target } from "./target";

/** Milliseconds after which an answer is missing. Functions start cold, on machines that do other things too. */
const patience = 30_000;

const fragmentBytes = 30 * 1024;

export type Frame = Record<string, any>;

export interface Handshake {
  /** For the `Authorization` header, unless the credential travels elsewhere. */
  token?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  subprotocols?: string[];
  /** The session key. */
  session?: string;
}

function addressOf(target: Target, { query, session }: Handshake): URL {
  const url = new URL(target.webSocketUrl);
  const parameters = { ...query, ...(session === undefined ? {} : { session }) };
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.set(name, value);
  }
  return url;
}

function headersOf(target: Target, { token, headers }: Handshake): Record<string, string> {
  return {
    ...target.originHeaders,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
}

/** A plain WebSocket client. It keeps what arrives until it is asked for; text that is not JSON as `notJson`. */
export class Connection {
  private readonly received: Frame[] = [];
  private readonly waiting = new Set<() => void>();
  /** The close code, once the connection is closed. */
  readonly closed: Promise<number>;

  private constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("message", (data: Buffer) => {
      this.received.push(parse(data.toString()));
      for (const wake of this.waiting) wake();
    });
  }

  static async open(target: Target, handshake: Handshake): Promise<Connection> {
    const socket = new WebSocket(addressOf(target, handshake), handshake.subprotocols ?? [], {
      headers: headersOf(target, handshake),
      handshakeTimeout: patience,
    });
    const connection = new Connection(socket);
    await once(socket, "open");
    return connection;
  }

  get subprotocol(): string {
    return this.socket.protocol;
  }

  /** Sends text as it is, or anything else as JSON. */
  send(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends a frame in as many parts as API Gateway's limit of one, 32 KB, asks for. */
  sendFragmented(frame: unknown): void {
    const data = Buffer.from(JSON.stringify(frame));
    for (let at = 0; at < data.length; at += fragmentBytes) {
      const part = data.subarray(at, at + fragmentBytes);
      this.socket.send(part, { binary: false, fin: at + fragmentBytes >= data.length });
    }
  }

  /** The first frame, received already or not, that matches, such as `{ type: "ack", id: "1" }`. */
  async next(expected: Frame): Promise<Frame> {
    const deadline = AbortSignal.timeout(patience);
    for (;;) {
      const index = this.received.findIndex((frame) =>
        Object.entries(expected).every(([name, value]) => frame[name] === value),
      );
      if (index >= 0) {
        return this.received.splice(index, 1)[0]!;
      }
      await new Promise<void>((resolve, reject) => {
        const late = () => {
          const got = JSON.stringify(this.received);
          reject(new Error(`No frame like ${JSON.stringify(expected)} came, but ${got}`));
        };
        const wake = () => {
          this.waiting.delete(wake);
          deadline.removeEventListener("abort", late);
          resolve();
        };
        this.waiting.add(wake);
        deadline.addEventListener("abort", late, { once: true });
      });
    }
  }

  /** Sends a frame and waits for the answer that matches. */
  async ask(frame: unknown, expected: Frame): Promise<Frame> {
    this.send(frame);
    return await this.next(expected);
  }

  /** Frames that came and that nobody has asked for. */
  get unread(): readonly Frame[] {
    return this.received;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  /** Drops the TCP connection, as a device does that loses its network. */
  async kill(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

function parse(text: string): Frame {
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}

export interface HandshakeAnswer {
  /** 101 if the connection was opened; it is closed again at once. */
  status: number;
  headers: IncomingHttpHeaders;
}

/** How a handshake is answered, where a WebSocket client would only tell that it failed. */
export async function answerTo(target: Target, handshake: Handshake): Promise<HandshakeAnswer> {
  const url = addressOf(target, handshake);
  const secure = url.protocol === "wss:";
  url.protocol = secure ? "https:" : "http:";
  const outgoing = (secure ? requestTls : request)(url, {
    agent: false,
    timeout: patience,
    headers: {
      ...headersOf(target, handshake),
      ...(handshake.subprotocols && {
        "sec-websocket-protocol": handshake.subprotocols.join(", "),
      }),
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
    },
  });
  return await new Promise((resolve, reject) => {
    outgoing.on("upgrade", (response, socket) => {
      socket.on("error", () => undefined).destroy();
      resolve({ status: response.statusCode!, headers: response.headers });
    });
    outgoing.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode!, headers: response.headers });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("The handshake was not answered")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

export interface HttpAnswer {
  status: number;
  contentType: string | null;
  body: any;
}

/** One request to the HTTP API. A body is sent as JSON, a string as it is. */
export async function call(
  target: Target,
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<HttpAnswer> {
  const { token, body } = options;
  const response = await fetch(`${target.httpUrl}${path}`, {
    method,
    headers: {
      ...headersOf(target, { token, headers: options.headers }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  });
  const text = await response.text();
  const contentType = response.headers.get("content-type");
  const isJson = contentType !== null && /[/+]json/.test(contentType) && text !== "";
  return { status: response.status, contentType, body: isJson ? JSON.parse(text) : text };
}
