import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

/** Sockets to @connections; more posts than this at a time only queue up in the agent. */
export const MAX_SOCKETS = 64;

/** Calls to the open connections of the WebSocket API. */
export interface Connections {
  /** Sends a frame to a connection. */
  post(connectionId: string, data: string, timeoutMs: number): Promise<void>;
  /** Closes a connection. */
  close(connectionId: string, timeoutMs: number): Promise<void>;
}

/** The connections behind a WebSocket API's stage, `https://{apiId}.execute-api.{region}.amazonaws.com/{stage}`. */
export function createConnections(endpoint: string): Connections {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    // Delivery retries by itself: it knows how much of the function's time is left.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1000, httpAgent: agent, httpsAgent: agent },
  });
  return {
    async post(connectionId, data, timeoutMs) {
      const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: data });
      await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    },
    async close(connectionId, timeoutMs) {
      const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
      await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    },
  };
}

/** What a failed call to a connection means. */
export type Failure = "gone" | "transient" | "permanent";

/**
 * Sorts a failed call. The SDK names a 410 `GoneException` only when the answer carries the error-type
 * header, so the status counts as well. Without a status, a code (of Node's network errors) or the name of a
 * timeout tells what may pass from what is a fault of the program.
 */
export function failureOf(error: unknown): Failure {
  const { name, code, $metadata } = error as {
    name?: string;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  if (name === "GoneException" || status === 410) return "gone";
  if (status !== undefined) return status === 429 || status >= 500 ? "transient" : "permanent";
  const isTimeout = name === "AbortError" || name === "TimeoutError";
  return isTimeout || typeof code === "string" ? "transient" : "permanent";
}
