import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { caller, permission, resource, role, temporaryFolder } from "./iamFixture";
import { archive, fn, startLambda, type LambdaFixture } from "./lambdaFixture";
import { Graph } from "../../local/graph";
import { Iam } from "../../local/iam";
import { createLambda } from "../../local/lambda";

describe("local Lambda: events", () => {
  let fixture: LambdaFixture;
  after(() => fixture.close());
  before(async () => {
    process.env.SWITCHBOARD_TEST_SECRET = "of the parent";
    fixture = await startLambda([
      fn("echo", "exports.handler = async (event) => event"),
      fn("nothing", "exports.handler = () => undefined"),
      fn(
        "context",
        `exports.handler = async (event, context) => ({
          ...context, remaining: context.getRemainingTimeInMillis() })`,
        { memorySize: 192 },
      ),
      fn(
        "environment",
        `exports.handler = async () => ({ env: process.env, cwd: process.cwd(), dir: __dirname,
          argv: process.argv.length, flags: process.execArgv, offset: new Date(2026, 6).getTimezoneOffset() })`,
        { environment: { variables: { STAGE: "dev" } } },
      ),
      fn("throws", "exports.handler = async () => { throw new RangeError('too far') }"),
      fn("throwsText", "exports.handler = async () => { throw 'text' }"),
      fn("circular", "exports.handler = async () => { const a = {}; a.a = a; return a }"),
      fn("large", "exports.handler = async (event) => 'x'.repeat(event.size)"),
      fn(
        "logs",
        `console.log("loaded");
         exports.handler = async () => {
           console.log({ message: "an object", count: 2 });
           console.debug("not logged");
           console.warn("two", { b: 1 });
           console.error(new TypeError("wrong"));
           process.stdout.write("raw\\n");
         }`,
      ),
      fn("textLogs", "exports.handler = async () => { console.debug('a\\nb') }", {
        loggingConfig: undefined,
      }),
      fn("settings", "exports.handler = async () => require('./lib/settings.json').value", {
        code: new pulumi.asset.AssetArchive({
          "__index.js": new pulumi.asset.StringAsset(
            "exports.handler = async () => require('./lib/settings.json').value",
          ),
          lib: archive({ "settings.json": '{"value":7}' }),
        }),
      }),
    ]);
  });

  it("gives the handler's result for the event", async () => {
    const event = { a: [1, null, "ü"], b: { c: true } };
    assert.deepEqual(await fixture.invoke("echo", event), { payload: event });
    assert.deepEqual(await fixture.invoke("nothing"), { payload: null });
  });

  it("finds a function by its ARN, and by no other", async () => {
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:";
    assert.deepEqual(await fixture.invoke(`${arn}echo`, 1), { payload: 1 });
    for (const name of ["none", `${arn}none`, `${arn}echo:live`, ""]) {
      await assert.rejects(fixture.invoke(name), { name: "ResourceNotFoundException" });
    }
  });

  it("finds a function by an alias, with a permission for that", async () => {
    const echo = fn("echo", "exports.handler = async (event) => event");
    const graph = new Graph([
      role(),
      echo,
      resource("aws:lambda/alias:Alias", "live", { name: "live", functionName: "echo" }),
      permission("echo", { qualifier: "live" }),
    ]);
    const folder = temporaryFolder();
    const options = { graph, iam: new Iam(graph), environment: {}, folder, log: () => {} };
    const lambda = await createLambda(options);
    assert.deepEqual(await lambda.invoke(`${echo.outputs.arn}:live`, 1, caller), { payload: 1 });
    await assert.rejects(lambda.invoke("echo", 1, caller), { name: "AccessDeniedException" });
    await lambda.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("gives the handler a context", async () => {
    const result = await fixture.invoke("context");
    const context = "payload" in result && (result.payload as Record<string, unknown>);
    assert(context);
    assert.equal(context.functionName, "context");
    assert.equal(context.memoryLimitInMB, "192");
    assert.match(String(context.awsRequestId), /^[0-9a-f-]{36}$/);
    assert.equal(context.logGroupName, "/aws/lambda/context");
    assert.match(String(context.logStreamName), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    assert(Number(context.remaining) > 0 && Number(context.remaining) <= 10_000);
  });

  it("gives the handler Lambda's environment and nothing of this process", async () => {
    const result = await fixture.invoke("environment");
    const seen = "payload" in result && (result.payload as Record<string, any>);
    assert(seen);
    const { AWS_LAMBDA_LOG_STREAM_NAME: stream, ...env } = seen.env;
    assert.match(stream, /LATEST/);
    const root = fs.readdirSync(path.join(fixture.folder, "environment"));
    const folder = path.join(fixture.folder, "environment", root[0]!);
    assert.match(env.AWS_ACCESS_KEY_ID, /^ASIA[0-9A-F]{16}$/);
    assert.deepEqual(env, {
      STAGE: "dev",
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      _HANDLER: "__index.handler",
      LAMBDA_TASK_ROOT: folder,
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_LAMBDA_FUNCTION_NAME: "environment",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/environment",
      AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY,
      AWS_SESSION_TOKEN: env.AWS_SESSION_TOKEN,
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
    });
    assert.equal(seen.cwd, folder);
    assert.equal(seen.dir, folder);
    assert.equal(seen.argv, 2);
    assert.deepEqual(seen.flags, ["--max-old-space-size=128"]);
    assert.equal(seen.offset, 0);
  });

  it("answers what a handler throws as a function error", async () => {
    const result = await fixture.invoke("throws");
    assert("functionError" in result);
    const { errorType, errorMessage, trace } = result.functionError;
    assert.deepEqual([errorType, errorMessage], ["RangeError", "too far"]);
    assert.equal(trace?.[0], "RangeError: too far");
    assert.deepEqual(await fixture.invoke("throwsText"), {
      functionError: { errorType: "string", errorMessage: "text", trace: [] },
    });
    const line = fixture.lines.find((each) => each.startsWith("throws "))!;
    assert.equal(JSON.parse(line.slice("throws ".length)).level, "ERROR");
  });

  it("refuses results that are no JSON or too large", async () => {
    const circular = await fixture.invoke("circular");
    assert("functionError" in circular);
    assert.equal(circular.functionError.errorType, "Runtime.MarshalError");
    const large = await fixture.invoke("large", { size: 6 * 1024 * 1024 });
    assert("functionError" in large);
    assert.equal(large.functionError.errorType, "Function.ResponseSizeTooLarge");
    // Two bytes are the quotes.
    assert("payload" in (await fixture.invoke("large", { size: 6 * 1024 * 1024 - 2 })));
  });

  it("refuses events of more than 6 MB", async () => {
    await assert.rejects(fixture.invoke("echo", "x".repeat(6 * 1024 * 1024 - 1)), {
      name: "RequestTooLargeException",
    });
  });

  it("logs the console as Lambda's JSON, with the function's name", async () => {
    await fixture.invoke("logs");
    await new Promise(setImmediate);
    const lines = fixture.lines
      .filter((line) => line.startsWith("logs "))
      .map((line) => line.slice("logs ".length));
    const [loaded, object, several, error] = lines
      .filter((line) => line !== "raw")
      .map((line) => JSON.parse(line));
    assert.equal(loaded.message, "loaded");
    assert.equal(loaded.requestId, undefined);
    assert.deepEqual(object.message, { message: "an object", count: 2 });
    assert.equal(object.level, "INFO");
    assert.match(object.requestId, /^[0-9a-f-]{36}$/);
    assert.match(object.timestamp, /^\d{4}-.*Z$/);
    assert.deepEqual([several.level, several.message], ["WARN", "two { b: 1 }"]);
    assert.equal(error.message.errorType, "TypeError");
    assert.equal(error.message.errorMessage, "wrong");
    assert.equal(lines.length, lines.includes("raw") ? 5 : 4);
  });

  it("logs text in one line, whatever its level", async () => {
    await fixture.invoke("textLogs");
    const line = fixture.lines.find((each) => each.startsWith("textLogs "));
    assert.match(line!, /^textLogs \S+Z\t[0-9a-f-]{36}\tDEBUG\ta\\nb$/);
  });

  it("unpacks archives within archives", async () => {
    assert.deepEqual(await fixture.invoke("settings"), { payload: 7 });
  });

  it("refuses a caller without a permission, and says once which is missing", async () => {
    const stranger = { ...caller, sourceArn: caller.sourceArn.replace("abc123", "other") };
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:echo";
    for (let i = 0; i < 2; i++) {
      await assert.rejects(fixture.lambda.invoke("echo", {}, stranger), {
        name: "AccessDeniedException",
        message:
          "User: apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: " +
          `${arn} because no resource-based policy allows the lambda:InvokeFunction action`,
      });
    }
    const told = fixture.lines.filter((line) => line.includes("aws.lambda.Permission"));
    assert.equal(told.length, 1);
    assert(told[0]!.includes(`sourceArn: "${stranger.sourceArn}"`));
  });
});

describe("local Lambda: code", () => {
  it("is unpacked once for a content, and replaced with it", async () => {
    const folder = temporaryFolder();
    const roots: string[] = [];
    for (const value of [1, 1, 2]) {
      const { lambda } = await startLambda(
        [fn("f", `exports.handler = async () => [${value}, __dirname]`)],
        { folder },
      );
      const result = await lambda.invoke("f", {}, caller);
      assert("payload" in result);
      const [seen, root] = result.payload as [number, string];
      assert.equal(seen, value);
      roots.push(root);
      await lambda.close();
      assert.deepEqual(fs.readdirSync(path.join(folder, "f")), [path.basename(root)]);
    }
    assert.equal(roots[0], roots[1]);
    assert.notEqual(roots[1], roots[2]);
    fs.rmSync(folder, { recursive: true });
  });

  it("may be files and folders, relative to the working directory", async () => {
    const source = temporaryFolder();
    fs.mkdirSync(path.join(source, "lib"));
    fs.writeFileSync(path.join(source, "lib", "a.js"), "module.exports = 'a'");
    fs.writeFileSync(path.join(source, "main.cjs"), "exports.run = async () => require('./lib/a')");
    const relative = path.relative(process.cwd(), source);
    const fixture = await startLambda([
      fn("folder", new pulumi.asset.FileArchive(relative), { handler: "main.run" }),
      fn(
        "files",
        new pulumi.asset.AssetArchive({
          "main.cjs": new pulumi.asset.FileAsset(path.join(relative, "main.cjs")),
          lib: new pulumi.asset.FileArchive(path.join(relative, "lib")),
        }),
        { handler: "main.run" },
      ),
    ]);
    assert.deepEqual(await fixture.invoke("folder"), { payload: "a" });
    assert.deepEqual(await fixture.invoke("files"), { payload: "a" });
    await fixture.close();
    fs.rmSync(source, { recursive: true });
  });

  it("finds no packages but its own, even within a project that has them", async () => {
    const folder = path.join(__dirname, "../../.switchboard/test-lambda");
    const fixture = await startLambda(
      [
        fn("missing", "require('valibot'); exports.handler = async () => 1"),
        fn(
          "own",
          archive({
            "__index.js": "exports.handler = async () => require('mine')",
            "node_modules/mine/index.js": "module.exports = 'mine'",
          }),
        ),
      ],
      { folder },
    );
    const result = await fixture.invoke("missing");
    assert("functionError" in result);
    assert.equal(result.functionError.errorType, "Runtime.ImportModuleError");
    assert.match(result.functionError.errorMessage, /Cannot find module 'valibot'/);
    assert.deepEqual(await fixture.invoke("own"), { payload: "mine" });
    await fixture.lambda.close();
    fs.rmSync(folder, { recursive: true });
  });

  it("is refused with all functions that cannot be created, each by name", async () => {
    const graph = new Graph([
      role(),
      fn("layered", "", { layers: ["arn:aws:lambda:eu-west-1:000000000000:layer:x:1"] }),
      fn("python", "", { runtime: "python3.13" }),
      fn("reserved", "", { environment: { variables: { AWS_REGION: "x" } } }),
      fn("outside", archive({ "../out.js": "" })),
      fn("packed", new pulumi.asset.FileArchive("package.json")),
      fn("roleless", "", { role: "arn:aws:iam::000000000000:role/none" }),
      fn("codeless", "", { code: undefined }),
      permission("layered"),
    ]);
    const options = { graph, iam: new Iam(graph), environment: {}, log: () => {} };
    const folder = temporaryFolder();
    await assert.rejects(createLambda({ ...options, folder }), (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines.length, 7);
      assert.match(lines[0]!, /^function layered: `layers` are not supported/);
      assert.match(lines[1]!, /^function python: runtime python3.13/);
      assert.match(lines[2]!, /^function reserved: .*AWS_REGION/);
      assert.match(lines[3]!, /^function outside: \.\.\/out\.js lies outside/);
      assert.match(lines[4]!, /^function packed: package\.json: code must be a folder/);
      assert.match(lines[5]!, /^function roleless: there is no role/);
      assert.match(lines[6]!, /^function codeless: needs `code`/);
      return true;
    });
    fs.rmSync(folder, { recursive: true });
  });

  it("is refused for a role that Lambda cannot assume", async () => {
    const trust = {
      Statement: {
        Effect: "Allow",
        Principal: { Service: "ec2.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    };
    const graph = new Graph([role({ assumeRolePolicy: trust }), fn("f", "")]);
    const folder = temporaryFolder();
    await assert.rejects(
      createLambda({ graph, iam: new Iam(graph), environment: {}, folder, log: () => {} }),
      /^Error: function f: The role defined for the function cannot be assumed by Lambda/,
    );
    fs.rmSync(folder, { recursive: true });
  });
});
