import assert from "node:assert/strict";
import { echoSchema, sendSchema } from "../../protocol/frames";
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
      send({ body: { deep: [[{ channel: 1 }]] } }),
    ]) {
      assert.deepEqual(errorsOf(frame), [], JSON.stringify(frame));
    }
    assert.deepEqual(errorsOf({ body: 0 }, echoSchema), []);
  });

  it("names the field and what to write", () => {
    const id = "id: write a string of 1 to 64 characters";
    const user = "write a user name of 1 to 128 characters without spaces";
    const channel = "write a channel name such as user:alice";
    for (const [frame, ...errors] of [
      [{ channel: "user:bob", body: 1, action: 7 }, "action: write the action's name as a string"],
      [send({ id: "" }), id],
      [send({ id: "x".repeat(65) }), id],
      [send({ id: 7 }), id],
      [send({ id: null }), id],
      [send({ channel: "" }), `channel: ${channel}`],
      [send({ channel: null }), `channel: ${channel}`],
      [send({ channel: "user:" }), `channel: after "user:" ${user}`],
      [send({ channel: "user:a b" }), `channel: after "user:" ${user}`],
      [send({ channel: "user:a\u0000" }), `channel: after "user:" ${user}`],
      [send({ channel: `room:${"x".repeat(129)}` }), `channel: ${channel}`],
      [{ action: "send" }, `channel: missing: ${channel}`, "body: missing: write any JSON value"],
      [send({ to: "x" }), "to: unknown field, leave it out"],
    ] as [object, ...string[]][]) {
      assert.deepEqual(errorsOf(frame), errors, JSON.stringify(frame));
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
