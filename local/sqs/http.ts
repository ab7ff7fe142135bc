import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SqsError } from "./errors";
import type { Input } from "./input";

/** Bytes of a request: those of a full batch, and what JSON adds to them. */
const maxBodyBytes = 8 * 1024 * 1024;

/** @throws SqsError unless the body is a JSON object. */
export async function readInput(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    // The rest is read and dropped, so that the client gets to see the answer.
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) {
    throw new SqsError("RequestEntityTooLarge", "The request is too large.", "InvalidRequest", 413);
  }
  try {
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Input;
  } catch {
    // Not JSON: said below, with all else that is no object.
  }
  throw new SqsError(
    "SerializationException",
    "The request is not a JSON object.",
    "MalformedInput",
  );
}

export function answer(response: ServerResponse, body: object): void {
  send(response, 200, body);
}

export function answerError(response: ServerResponse, error: SqsError): void {
  const fault = error.status < 500 ? "Sender" : "Receiver";
  response.setHeader("x-amzn-query-error", `${error.queryCode};${fault}`);
  send(response, error.status, {
    __type: `com.amazonaws.sqs#${error.type}`,
    message: error.message,
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": bytes.length,
    "x-amzn-requestid": randomUUID(),
  });
  response.end(bytes);
}
