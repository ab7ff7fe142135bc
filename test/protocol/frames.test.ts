import assert from "node:assert/strict";
import { echoSchema, historySchema, sendSchema, subscribeSchema } from "../../protocol/frames";
import { invalidFrame, parseJson, parseValue } from "../../protocol/parse";

describe("frames", () => {
  const errorsOf = (frame: unknown, schema: typeof sendSchema | typeof echoSchema = sendSchema) => {
    const parsed = parseJson(schema, JSON.stringify(frame));
    return parsed.ok ? [] : parsed.errors.map((e) => `${e.field}: ${e.message}`);
  };
  const send = (values: object) => ({ action: "send", channel: "user:bob", body: 1, ...values });

  it("takes what the protocol allows", () => {
    for (const frame of [
      send({}),
      { type: "send", channel: "user:bob", body: null },
      send({ type: "anything" }),
      send({ id: "x" }),
      send({ id: "x".repeat(64) }),
      send({ id: "\u{1F600} any characters" }),
      send({ channel: `user:${"b".repeat(128)}` }),
      send({ channel: "user:bob@example.com" }),
      send({ channel: "user:Zoë-李" }),
      send({ channel: "user:a:b" }),
      send({ channel: "room:lobby" }),
      send({ channel: `r${"-".repeat(31)}:${"x".repeat(128)}` }),
      send({ channel: "my:alice/files" }),
      send({ id: "x", retry: true }),
      send({ retry: false }),
      send({ body: { deep: [[{ channel: 1 }]] } }),
    ]) {
      assert.deepEqual(errorsOf(frame), [], JSON.stringify(frame));
    }
    assert.deepEqual(errorsOf({ body: 0 }, echoSchema), []);
  });

  it("names the field and what to write", () => {
    const id = "id: write a string of 1 to 64 characters";
    const channel =
      "write <namespace>:<name>, the name 1 to 128 characters without spaces, such as user:alice";
    for (const [frame, ...errors] of [
      [{ channel: "user:bob", body: 1, action: 7 }, "action: write the action's name as a string"],
      [send({ id: "" }), id],
      [send({ id: "x".repeat(65) }), id],
      [send({ id: 7 }), id],
      [send({ id: null }), id],
      [send({ channel: "" }), `channel: ${channel}`],
      [send({ channel: null }), `channel: ${channel}`],
      ...["room", ":a", "Room:a", "1room:a", `r${"x".repeat(32)}:a`, "room:"].map(
        (name): [object, string] => [send({ channel: name }), `channel: ${channel}`],
      ),
      [send({ retry: "yes" }), "retry: write true for a message that is sent again"],
      [send({ retry: true }), "id: missing: write the id of the message that is sent again"],
      [send({ channel: "user:" }), `channel: ${channel}`],
      [send({ channel: "user:a b" }), `channel: ${channel}`],
      [send({ channel: "user:a\u0000" }), `channel: ${channel}`],
      [send({ channel: `room:${"x".repeat(129)}` }), `channel: ${channel}`],
      [{ action: "send" }, `channel: missing: ${channel}`, "body: missing: write any JSON value"],
      [send({ to: "x" }), "to: unknown field, leave it out"],
    ] as [object, ...string[]][]) {
      assert.deepEqual(errorsOf(frame), errors, JSON.stringify(frame));
    }
  });

  it("takes positions as the service writes them, and gives others a code of their own", () => {
    const parse = (position: unknown) =>
      parseValue(subscribeSchema, { channel: "room:a", position });
    for (const position of [
      undefined,
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: 7 },
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: 0 },
      { epoch: "empty-1767225600000", offset: 0 },
    ]) {
      assert.ok(parse(position).ok, JSON.stringify(position));
    }
    for (const position of [
      null,
      7,
      [],
      {},
      { epoch: "mb8k2x1c-0f9e8d7c6b5a" },
      { epoch: "x", offset: 1 },
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: 1.5 },
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: "1" },
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: 2 ** 53 },
      { epoch: "empty-1767225600000", offset: 1 },
      { epoch: "mb8k2x1c-0f9e8d7c6b5a", offset: 1, more: 1 },
    ]) {
      const parsed = parse(position);
      assert.ok(!parsed.ok, JSON.stringify(position));
      assert.equal(invalidFrame(parsed.errors).code, "invalid-position");
    }
    const both = parseValue(subscribeSchema, { channel: "a", position: 1 });
    assert.ok(!both.ok);
    assert.equal(invalidFrame(both.errors).code, "invalid-frame");
  });

  it("a page is after an offset or before one", () => {
    for (const [frame, field] of [
      [{ after: 0 }],
      [{ before: 7, limit: 200 }],
      [{ limit: 1 }],
      [{ after: 0, before: 1 }, "before"],
      [{ after: -1 }, "after"],
      [{ before: "1" }, "before"],
      [{ limit: 0 }, "limit"],
      [{ limit: 201 }, "limit"],
    ] as [object, string?][]) {
      const parsed = parseValue(historySchema, { channel: "room:a", ...frame });
      assert.equal(parsed.ok ? undefined : parsed.errors[0]?.field, field);
    }
  });

  it("a field named __proto__ is an unknown field like any other", () => {
    const parsed = parseJson(sendSchema, '{"channel":"user:b","body":1,"__proto__":{"id":"x"}}');
    assert.equal(parsed.ok, false);
    assert.equal(({} as { id?: string }).id, undefined);
  });

  it("what is no JSON object at all", () => {
    for (const text of ["", "{", "null", "1", '"x"', "[1]", "\u0000", undefined]) {
      const parsed = parseJson(sendSchema, text);
      assert.ok(!parsed.ok && parsed.errors[0]?.field === "");
      assert.match(invalidFrame(parsed.errors).message, /write one JSON object/);
    }
  });

  it("gives the id back where it is a good one", () => {
    for (const [id, expected] of [
      ["x", "x"],
      ["", undefined],
      [7, undefined],
      ["x".repeat(65), undefined],
    ]) {
      const parsed = parseValue(sendSchema, { id });
      assert.ok(!parsed.ok);
      assert.equal(invalidFrame(parsed.errors, parsed.id).id, expected);
    }
  });

  it("takes 100 levels and no more", () => {
    const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    assert.ok(parseJson(echoSchema, `{"body":${nested(99)}}`).ok);
    const parsed = parseJson(echoSchema, `{"id":"x","body":${nested(100)}}`);
    assert.ok(!parsed.ok && parsed.id === "x");
    assert.match(invalidFrame(parsed.errors).message, /at most 100 levels/);
  });

  it("answers a frame full of unknown fields shortly", () => {
    const fields = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`${"x".repeat(100)}${i}`, i]),
    );
    const parsed = parseValue(sendSchema, send(fields));
    assert.ok(!parsed.ok);
    assert.ok(invalidFrame(parsed.errors).message.length < 600);
  });
});
