import type { IncomingMessage } from "node:http";
import { newTraceId } from "./identifiers";

/** The headers and query string of a handshake as events show them. */
export interface HandshakeRequest {
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
  /** The value of a header whatever its letters' case; undefined when it is missing or empty. */
  header(name: string): string | undefined;
}

// API Gateway consumes these.
const dropped = new Set(["connection", "upgrade", "host", "x-forwarded-for"]);

export function readHandshake(
  req: IncomingMessage,
  query: string,
  domainName: string,
  sourceIp: string,
): HandshakeRequest {
  const multiValueHeaders: Record<string, string[]> = { Host: [domainName] };
  // The names as the client wrote them, though two spellings are one header.
  const spellings = new Map([["host", "Host"]]);
  const add = (name: string, value: string) => {
    const known = spellings.get(name.toLowerCase());
    if (known !== undefined) multiValueHeaders[known]!.push(value);
    else {
      spellings.set(name.toLowerCase(), name);
      multiValueHeaders[name] = [value];
    }
  };
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i]!;
    if (!dropped.has(name.toLowerCase())) add(name, req.rawHeaders[i + 1]!);
  }
  const addMissing = (name: string, value: string) => {
    if (!spellings.has(name.toLowerCase())) add(name, value);
  };
  add("X-Forwarded-For", forwardedFor(req, sourceIp));
  addMissing("X-Forwarded-Port", "443");
  addMissing("X-Forwarded-Proto", "https");
  addMissing("X-Amzn-Trace-Id", newTraceId(Date.now()));

  const multiValueQuery: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(multiValueQuery, name)) multiValueQuery[name]!.push(value);
    else multiValueQuery[name] = [value];
  }
  const hasQuery = Object.keys(multiValueQuery).length > 0;
  return {
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? lastValues(multiValueQuery) : undefined,
    multiValueQueryStringParameters: hasQuery ? multiValueQuery : undefined,
    header: (name) =>
      multiValueHeaders[spellings.get(name.toLowerCase()) ?? ""]?.at(-1) || undefined,
  };
}

function lastValues(values: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1)!]));
}

/** The address of the peer, without the prefix of an IPv4 address on an IPv6 socket. */
export function peerAddress(req: IncomingMessage): string {
  return (req.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** The client's X-Forwarded-For with the peer appended. */
export function forwardedFor(req: IncomingMessage, sourceIp: string): string {
  const earlier = req.headers["x-forwarded-for"];
  return earlier ? `${String(earlier)}, ${sourceIp}` : sourceIp;
}
