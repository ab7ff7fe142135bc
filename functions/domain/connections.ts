import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { roleCredentials } from "./roleCredentials";
import { percentEncode, signatureHeaders } from "./signature";

/** Sockets to @connections; more posts than this at a time only queue up in the agent. */
export const MAX_SOCKETS = 64;

/** Longest wait for a new socket. */
const CONNECT_TIMEOUT_MS = 1000;

/** Calls to the open connections of the WebSocket API. */
export interface Connections {
  /** Sends a frame to a connection. */
  post(connectionId: string, data: string, timeoutMs: number): Promise<void>;
  /** Closes a connection. */
  close(connectionId: string, timeoutMs: number): Promise<void>;
}

/**
 * The connections behind a WebSocket API's stage, `https://{apiId}.execute-api.{region}.amazonaws.com/{stage}`.
 *
 * Signed requests without the SDK's client, which takes three times as long for each (measured: 0.7 ms of CPU against
 * 0.2). It tries once: delivery knows how much of the function's time is left for retries.
 */
export function createConnections(endpoint: string): Connections {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint);
  const { Agent, request } = protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const stage = pathname.replace(/\/$/, "");

  async function call(
    method: string,
    connectionId: string,
    body: string,
    timeoutMs: number,
  ): Promise<void> {
    const path = `${stage}/@connections/${percentEncode(connectionId)}`;
    const scope = {
      credentials: roleCredentials(),
      region: process.env.AWS_REGION ?? "",
      service: "execute-api",
    };
    const headers = {
      ...signatureHeaders({ method, host, path, body }, scope),
      "content-length": Buffer.byteLength(body),
    };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request({ hostname, port, path, method, headers, agent, signal }, resolve)
        .on("socket", limitConnecting)
        .on("error", reject)
        .end(body);
    });
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status >= 300) {
      const type = String(response.headers["x-amzn-errortype"] ?? "").split(":")[0];
      throw new CallFailure(status, type || "CallFailure", answer);
    }
  }

  return {
    post: (connectionId, data, timeoutMs) => call("POST", connectionId, data, timeoutMs),
    close: (connectionId, timeoutMs) => call("DELETE", connectionId, "", timeoutMs),
  };
}

function limitConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => {
    const error = new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`);
    socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  }, CONNECT_TIMEOUT_MS);
  const clear = () => clearTimeout(timer);
  socket.once("connect", clear).once("close", clear);
}

/** Longest part of an answer that is kept, in characters: it may come from something that is not API Gateway. */
const MAX_ANSWER_LENGTH = 200;

/** A call that was answered, with an error; its name is API Gateway's for it. */
class CallFailure extends Error {
  constructor(
    readonly status: number,
    override readonly name: string,
    answer: string,
  ) {
    super(`${status} ${answer.slice(0, MAX_ANSWER_LENGTH)}`.trim());
  }
}

/** What a failed call to a connection means. */
export type Failure = "gone" | "transient" | "permanent";

/**
 * Sorts a failed call. A 410 is named `GoneException` only when the answer carries the error-type header, so the
 * status counts as well. Without a status, a code (of Node's network errors) or the name of a timeout tells what may
 * pass from what is a fault of the program.
 */
export function failureOf(error: unknown): Failure {
  const { name, code, status } = error as { name?: string; code?: unknown; status?: number };
  if (name === "GoneException" || status === 410) return "gone";
  if (status !== undefined) return status === 429 || status >= 500 ? "transient" : "permanent";
  const isTimeout = name === "AbortError" || name === "TimeoutError";
  return isTimeout || typeof code === "string" ? "transient" : "permanent";
}
