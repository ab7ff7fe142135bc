import { echoSchema } from "../protocol/frames";
import { MAX_MESSAGE_BYTES } from "../protocol/limits";
import { errorFrame, invalidFrame, parseJson } from "../protocol/parse";
import { frameText, reply } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export type EchoSettings = Record<string, never>;

/** `echo`: gives the body back. */
export function createHandler(_settings: EchoSettings) {
  return async (event: WebSocketEvent): Promise<WebSocketResult> => {
    const parsed = parseJson(echoSchema, frameText(event));
    if (!parsed.ok) return reply(invalidFrame(parsed.errors, parsed.id));
    const { id, body } = parsed.value;
    const result = reply({ type: "echo", id, body });
    // Numbers such as 1e20 are longer when they are written out again.
    if (Buffer.byteLength(result.body ?? "") > MAX_MESSAGE_BYTES) {
      return reply(errorFrame("too-large", "body: the answer would exceed 128 KB", id));
    }
    return result;
  };
}
