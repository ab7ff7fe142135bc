import * as path from "node:path";
import type { Action, Frame } from "../client/job";
import { end, nextMessage, startModule } from "../processes";
import { protocolFrames, type Subject } from "./subject";

/** An echo server of the `ws` package and nothing else: what Node and the client can do at best. */
export async function startBareWebSocket(): Promise<Subject> {
  const child = startModule(path.join(__dirname, "bareWebSocketChild.ts"));
  const port = await nextMessage<number>(child);
  const frames = Object.fromEntries(
    Object.entries(protocolFrames("someone")).map(([action, { text }]): [string, Frame] => [
      action,
      { text, answer: '"action"' },
    ]),
  ) as Record<Action, Frame>;
  return {
    key: "bareWs",
    name: "bare ws echo",
    dial: { url: `ws://127.0.0.1:${port}`, headers: {}, frames },
    pid: child.pid,
    close: () => end(child),
  };
}
