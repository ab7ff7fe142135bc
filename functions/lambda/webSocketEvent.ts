import { headerValues, queryValues } from "../domain/request";
import type { ServerFrame } from "../../protocol/frames";

/** What the handlers read of a WebSocket API's proxy event. */
export interface WebSocketEvent {
  headers?: Record<string, string | undefined> | null;
  multiValueHeaders?: Record<string, string[] | undefined> | null;
  queryStringParameters?: Record<string, string | undefined> | null;
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null;
  body?: string | null;
  isBase64Encoded?: boolean;
  requestContext: {
    connectionId: string;
    requestId: string;
    routeKey: string;
    /** Epoch milliseconds. */
    connectedAt: number;
    /** The authorizer's context; API Gateway may hand a number on as a string. */
    authorizer?: Record<string, unknown> | null;
    identity?: { sourceIp?: string; userAgent?: string | null };
  };
}

/** What a WebSocket route's function answers. */
export interface WebSocketResult {
  statusCode: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Who opened the connection, as the authorizer found out. */
export interface Caller {
  username: string;
  sessionKey: string;
  /** Groups of the user pool that the credential named. */
  groups: string[];
  /** When the credential expires, epoch seconds. */
  expires: number;
}

/** The authorizer's context, or undefined where API Gateway did not pass it on. */
export function callerOf(event: WebSocketEvent): Caller | undefined {
  const { username, sessionKey, groups, expires } = event.requestContext.authorizer ?? {};
  if (typeof username !== "string" || typeof sessionKey !== "string") return undefined;
  // The context is flat: the authorizer writes the list as JSON.
  const list = typeof groups === "string" ? (JSON.parse(groups) as string[]) : [];
  return { username, sessionKey, groups: list, expires: Number(expires) };
}

/** All values of a header. */
export function header(event: WebSocketEvent, name: string): string[] {
  return headerValues(event.headers, event.multiValueHeaders, name);
}

/** All values of a query parameter. */
export function query(event: WebSocketEvent, name: string): string[] {
  return queryValues(event.queryStringParameters, event.multiValueQueryStringParameters, name);
}

/** The text of the frame; undefined for a binary one, which API Gateway hands on in base64. */
export function frameText(event: WebSocketEvent): string | undefined {
  return event.isBase64Encoded ? undefined : (event.body ?? "");
}

/** The answer of a two-way route. */
export function reply(frame: ServerFrame): WebSocketResult {
  return { statusCode: 200, body: JSON.stringify(frame) };
}
