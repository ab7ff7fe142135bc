import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { createHandler as createDefault } from "../../functions/default";
import { ERROR_CODES } from "../../protocol/errors";
import {
  ACTIONS,
  echoSchema,
  historySchema,
  infoSchema,
  pingSchema,
  presenceSchema,
  sendSchema,
  serverFrameSchema,
  subscribeSchema,
  unsubscribeSchema,
} from "../../protocol/frames";
import { invalidFrame, parseJson } from "../../protocol/parse";

const SCHEMAS = {
  ping: pingSchema,
  info: infoSchema,
  echo: echoSchema,
  send: sendSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  history: historySchema,
  presence: presenceSchema,
};

/** The type of the answer to each action. */
const ANSWERS: Record<keyof typeof SCHEMAS, string> = {
  ping: "pong",
  info: "info",
  echo: "echo",
  send: "ack",
  subscribe: "subscribed",
  unsubscribe: "unsubscribed",
  history: "history",
  presence: "presence",
};

describe("docs/protocol.md", () => {
  const text = readFileSync("docs/protocol.md", "utf8");
  const lines = text.split("\n");
  const sent = lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));

  it("lists every error code with its meaning", () => {
    const section = text.slice(text.indexOf("### Errors"), text.indexOf("### Close codes"));
    const rows = section.split("\n").flatMap((line) => {
      const [, code, meaning] = /^\| `([a-z-]+)` +\| ([A-Z].*?) +\|$/.exec(line) ?? [];
      return code && meaning ? [[code, meaning]] : [];
    });
    assert.deepEqual(Object.fromEntries(rows), ERROR_CODES);
  });

  it("shows every type of frame that the service sends", () => {
    const types = lines
      .filter((line) => line.startsWith("< "))
      .map((line) => JSON.parse(line.slice(2)).type);
    const known = ["message", "error", ...Object.values(ANSWERS)];
    assert.deepEqual([...new Set(types)].sort(), known.sort());
  });

  it("shows every action, and answers that are frames of the service", () => {
    const actions = new Set(sent.map((frame) => JSON.parse(frame).action));
    for (const action of ACTIONS) assert.ok(actions.has(action), action);
    const received = lines.filter((line) => line.startsWith("< "));
    assert.ok(received.length >= 30);
    for (const line of received) v.parse(serverFrameSchema, JSON.parse(line.slice(2)));
  });

  for (const frame of sent) {
    it(`shows the answer to ${frame}`, async () => {
      const answer = JSON.parse((lines[lines.indexOf(`> ${frame}`) + 1] ?? "").slice(2));
      const action = JSON.parse(frame).action as keyof typeof SCHEMAS;
      if (answer.code === "unknown-action") {
        const event = { body: frame, requestContext: {} } as never;
        const result = await createDefault({})(event);
        assert.deepEqual(answer, JSON.parse(result.body ?? ""));
        return;
      }
      const parsed = parseJson(SCHEMAS[action], frame);
      assert.equal(answer.id, JSON.parse(frame).id);
      if (!parsed.ok) assert.deepEqual(answer, invalidFrame(parsed.errors, parsed.id));
      else if (answer.type === "error") assert.ok(!/^invalid-/.test(answer.code));
      else assert.equal(answer.type, ANSWERS[action]);
    });
  }
});
