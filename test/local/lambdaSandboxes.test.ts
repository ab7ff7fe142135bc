import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { InvokeResult } from "../../local/lambda";
import { fn, startBarrier, startLambda, type LambdaFixture } from "./lambdaFixture";

/** A handler that fails in the way that its event names, and else says in which process it runs. */
const failing = `exports.handler = async (event) => {
  if (event === "exit") process.exit(3);
  if (event === "hang") for (;;);
  if (event === "never") await new Promise(() => {});
  if (event === "reject") { Promise.reject(new Error("unhandled")); await new Promise(() => {}); }
  if (event === "uncaught") { setTimeout(() => { throw new TypeError("late") }); await new Promise(() => {}); }
  if (event === "memory") { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); }
  return process.pid;
}`;

function errorOf(result: InvokeResult) {
  assert("functionError" in result, JSON.stringify(result));
  return result.functionError;
}

describe("local Lambda: sandboxes", () => {
  let fixture: LambdaFixture;
  afterEach(() => fixture.close());

  const failures: [event: string, errorType: string, message: RegExp][] = [
    [
      "exit",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
    ],
    ["hang", "Sandbox.Timedout", /^RequestId: \S+ Error: Task timed out after 1.00 seconds$/],
    ["never", "Sandbox.Timedout", /timed out after 1.00 seconds$/],
    ["reject", "Runtime.UnhandledPromiseRejection", /^Error: unhandled$/],
    ["uncaught", "TypeError", /^late$/],
    ["memory", "Runtime.OutOfMemory", /Runtime exited with error: signal: killed$/],
  ];
  it("fail the event that ends them, and no other", async () => {
    fixture = await startLambda([
      // Loading takes most of a second of CPU when all start together, and memory is counted in time.
      fn("f", failing, { timeout: 1, memorySize: 64 }),
    ]);
    for (const [event, errorType, message] of failures) {
      const [failed, other] = await Promise.all([
        fixture.invoke("f", event),
        fixture.invoke("f", "fine"),
      ]);
      const error = errorOf(failed);
      assert.equal(error.errorType, errorType);
      assert.match(error.errorMessage, message);
      assert("payload" in other, `${event}: ${JSON.stringify(other)}`);
      assert(fixture.lines.some((line) => line.startsWith(`f ${errorType}: `)));
    }
    assert("payload" in (await fixture.invoke("f", "fine")));
  });

  it("are kept warm", async () => {
    fixture = await startLambda([fn("f", failing)]);
    const first = await fixture.invoke("f");
    assert.deepEqual(await fixture.invoke("f"), first);
  });

  it("run events at a time side by side, one each", async () => {
    const barrier = await startBarrier(4);
    const code = `let active = 0; exports.handler = async (url) => {
      active++; await fetch(url); const seen = active; active--; return [seen, process.pid]; }`;
    fixture = await startLambda([fn("f", code)], { maxSandboxes: 4 });
    const results = await Promise.all([1, 2, 3, 4].map(() => fixture.invoke("f", barrier.url)));
    const seen = results.map((result) => "payload" in result && (result.payload as number[]));
    assert.deepEqual(
      seen.map((each) => each && each[0]),
      [1, 1, 1, 1],
    );
    assert.equal(new Set(seen.map((each) => each && each[1])).size, 4);
    barrier.close();
  });

  it("are bounded: more events wait for one", async () => {
    fixture = await startLambda([fn("f", failing)], { maxSandboxes: 2 });
    const results = await Promise.all(Array.from({ length: 200 }, () => fixture.invoke("f")));
    const pids = new Set(results.map((result) => "payload" in result && result.payload));
    assert(!pids.has(false) && pids.size <= 2);
  });

  it("let a bounded number of events wait", async () => {
    fixture = await startLambda([fn("f", failing)], { maxSandboxes: 1 });
    const events = Array.from({ length: 10_000 }, () => fixture.invoke("f", "never"));
    await assert.rejects(fixture.invoke("f"), { name: "TooManyRequestsException" });
    await fixture.lambda.close();
    for (const result of await Promise.all(events)) {
      assert.equal(errorOf(result).errorType, "Sandbox.Failure");
    }
  });

  it("let a bounded amount of events wait", async () => {
    fixture = await startLambda([fn("f", failing)], { maxSandboxes: 1 });
    const large = "x".repeat(6_000_000);
    const results = await Promise.allSettled(
      Array.from({ length: 13 }, () => fixture.invoke("f", large)),
    );
    const refused = results.flatMap((each) =>
      each.status === "rejected" ? [each.reason.name] : [],
    );
    assert.deepEqual(refused, ["TooManyRequestsException", "TooManyRequestsException"]);
  });

  it("refuse events beyond a reserved concurrency", async () => {
    fixture = await startLambda([
      fn("none", failing, { reservedConcurrentExecutions: 0 }),
      fn("one", failing, { reservedConcurrentExecutions: 1 }),
      fn("unreserved", failing, { reservedConcurrentExecutions: -1 }),
    ]);
    await assert.rejects(fixture.invoke("none"), { name: "TooManyRequestsException" });
    const running = fixture.invoke("one");
    await assert.rejects(fixture.invoke("one"), { name: "TooManyRequestsException" });
    assert("payload" in (await running));
    assert("payload" in (await fixture.invoke("one")));
    assert("payload" in (await fixture.invoke("unreserved")));
  });

  it("go when they are idle, but for two", async () => {
    const barrier = await startBarrier(4);
    const code = "exports.handler = async (url) => { await fetch(url); return process.pid; }";
    fixture = await startLambda([fn("f", code)], { maxSandboxes: 4, idleSeconds: 0.05 });
    const results = await Promise.all([1, 2, 3, 4].map(() => fixture.invoke("f", barrier.url)));
    const pids = results.map((result) => ("payload" in result ? Number(result.payload) : 0));
    while (pids.filter(isRunning).length > 2) await wait(10);
    await fixture.lambda.close();
    assert.deepEqual(pids.filter(isRunning), []);
    barrier.close();
  });

  it("fail events of code that does not load", async () => {
    fixture = await startLambda([
      fn("missing", "require('./none')"),
      fn("syntax", "exports.handler = async ( => 1"),
      fn("unexported", "exports.other = async () => 1"),
      fn("throwing", "throw new RangeError('at load')"),
      fn("exiting", "process.exit(4)"),
      fn("fileless", "", { handler: "absent.handler" }),
      fn("malformed", "", { handler: "handler" }),
      fn("callback", "exports.handler = (event, context, callback) => callback(null, 1)"),
    ]);
    const failed = async (name: string): Promise<string> =>
      errorOf(await fixture.invoke(name)).errorType;
    assert.equal(await failed("missing"), "Runtime.ImportModuleError");
    assert.equal(await failed("missing"), "Runtime.ImportModuleError");
    assert.equal(await failed("syntax"), "Runtime.UserCodeSyntaxError");
    assert.equal(await failed("unexported"), "Runtime.HandlerNotFound");
    assert.equal(await failed("throwing"), "RangeError");
    assert.equal(await failed("exiting"), "Runtime.ExitError");
    assert.equal(await failed("fileless"), "Runtime.ImportModuleError");
    assert.equal(await failed("malformed"), "Runtime.MalformedHandlerName");
    assert.equal(await failed("callback"), "Runtime.CallbackHandlerDeprecated");
    assert(fixture.lines.some((line) => line.startsWith("throwing RangeError: at load")));
  });

  it("fail all that wait for code that does not load, without a start for each", async () => {
    fixture = await startLambda([fn("f", "throw new Error('at load')")], { maxSandboxes: 2 });
    const results = await Promise.all(Array.from({ length: 500 }, () => fixture.invoke("f")));
    results.forEach((result) => assert.equal(errorOf(result).errorMessage, "at load"));
    assert(fixture.lines.length < 10);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
