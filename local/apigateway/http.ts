import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Answers with a JSON body. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  res.end(text);
}

/**
 * The body of a request, or undefined when it is longer than `limit` bytes. The rest of one that is too long is read and
 * dropped, so that the client gets to see the answer.
 */
export async function readBody(req: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  let chunks: Buffer[] | undefined = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) chunks = undefined;
    chunks?.push(chunk);
  }
  return chunks && Buffer.concat(chunks, length);
}
