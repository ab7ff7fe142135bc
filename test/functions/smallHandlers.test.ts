import assert from "node:assert/strict";
import type { PreSignUpTriggerEvent } from "aws-lambda";
import { createHandler as createDefault } from "../../functions/default";
import { viewerAddress } from "../../functions/domain/viewerAddress";
import { createHandler as createEcho } from "../../functions/echo";
import { createHandler as createPreSignUp } from "../../functions/preSignUp";
import { frameOf, webSocketEvent } from "./support/invocation";

describe("echo", () => {
  const echo = async (body: string, isBase64Encoded = false) =>
    frameOf(await createEcho({})(webSocketEvent("c1", { body, isBase64Encoded })));

  it("gives the body back, with the id where there is one", async () => {
    for (const body of ["hello", 0, null, false, [], { a: { b: [1] } }]) {
      assert.deepEqual(await echo(JSON.stringify({ action: "echo", id: "1", body })), {
        type: "echo",
        id: "1",
        body,
      });
    }
    assert.deepEqual(await echo('{"type":"echo","body":1}'), { type: "echo", body: 1 });
  });

  it("answers a bad frame with what is wrong", async () => {
    const missing = await echo('{"action":"echo","id":"1"}');
    assert.deepEqual(missing, {
      type: "error",
      code: "invalid-frame",
      id: "1",
      message: "body: missing: write any JSON value",
    });
    const binary = await echo(Buffer.from("x").toString("base64"), true);
    assert.match(String(binary.message), /^binary/);
    const deep = `{"id":"1","body":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    assert.match(String((await echo(deep)).message), /nested too deep/);
  });

  it("refuses an answer beyond 128 KB", async () => {
    const error = await echo(`{"action":"echo","id":"1","body":[${"1e20,".repeat(20_000)}0]}`);
    assert.equal(error.code, "too-large");
    assert.equal(error.id, "1");
  });
});

describe("$default", () => {
  const answer = async (body: string | null, isBase64Encoded = false) =>
    frameOf(await createDefault({})(webSocketEvent("c1", { body, isBase64Encoded })));

  it("names the action that no route answers", async () => {
    for (const field of ["action", "type"]) {
      const error = await answer(JSON.stringify({ [field]: "dance", id: "7", more: 1 }));
      assert.equal(error.code, "unknown-action");
      assert.equal(error.id, "7");
      assert.match(String(error.message), /"dance": write one of the actions ping, info/);
    }
    const long = await answer(JSON.stringify({ action: "x".repeat(10_000) }));
    assert.ok(String(long.message).length < 300);
  });

  it("answers what is no frame at all", async () => {
    for (const [body, message] of [
      ["hello", /JSON/],
      ["", /JSON/],
      [null, /JSON/],
      ["42", /JSON object/],
      ["[]", /JSON object/],
      ["null", /JSON object/],
      ["{}", /^action: missing/],
      ['{"action":7}', /^action: write one/],
      ['{"action":"x","id":""}', /^id: write/],
    ] as const) {
      const error = await answer(body);
      assert.equal(error.code, "invalid-frame");
      assert.match(String(error.message), message);
    }
    assert.match(String((await answer("AAEC", true)).message), /^binary/);
  });
});

describe("preSignUp", () => {
  const event = (userAttributes: Record<string, string>) =>
    ({ request: { userAttributes }, response: {} }) as unknown as PreSignUpTriggerEvent;

  it("confirms users where the stack says so", async () => {
    for (const confirm of [true, false]) {
      const result = await createPreSignUp({ confirm, verifyEmail: true })(event({ email: "a@b" }));
      assert.equal(result.response.autoConfirmUser, confirm);
      assert.equal(result.response.autoVerifyEmail, true);
    }
  });

  it("verifies no address where none is given or the stack does not say so", async () => {
    const verifying = createPreSignUp({ confirm: true, verifyEmail: true });
    assert.equal((await verifying(event({}))).response.autoVerifyEmail, false);
    const other = createPreSignUp({ confirm: true, verifyEmail: false });
    assert.equal((await other(event({ email: "a@b" }))).response.autoVerifyEmail, false);
  });
});

describe("the viewer's address", () => {
  const peer = "192.0.2.10";
  for (const [what, forwardedFor, expected] of [
    [
      "what CloudFront appended, before API Gateway's peer",
      [`203.0.113.1, ${peer}`],
      "203.0.113.1",
    ],
    ["what CloudFront appended, when the peer is not listed", ["203.0.113.1"], "203.0.113.1"],
    ["not what the client wrote", [`6.6.6.6, 203.0.113.1, ${peer}`], "203.0.113.1"],
    ["read over several lines", ["6.6.6.6", `203.0.113.1,${peer}`], "203.0.113.1"],
    ["the peer without the header", [], peer],
    ["the peer when the header holds nothing else", [` ${peer} `], peer],
  ] as const) {
    it(what, () => assert.equal(viewerAddress([...forwardedFor], peer), expected));
  }
});
