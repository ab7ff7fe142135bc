import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { put, startDynamoDb, table, tableName, users } from "./dynamodbFixture";
import { temporaryFolder } from "./iamFixture";

describe("local DynamoDB: state", () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("outlives a kill of the process, which is started again on its port", async () => {
    const fixture = await startDynamoDb(folder);
    const names = Array.from({ length: 50 }, (_, i) => `user${i}`).sort();
    await Promise.all(names.map((name) => put(fixture.client, name)));
    const { pid } = fixture.dynamoDb;
    process.kill(pid, "SIGKILL");
    while (fixture.dynamoDb.pid === pid) await wait(5);
    // The SDK tries again until it is there.
    const seen = await retried(() => users(fixture.client));
    assert.deepEqual(seen, names);
    assert.match(fixture.lines[0]!, /ended unexpectedly \(SIGKILL\)/);
    await fixture.close();
  });

  it("outlives a kill of the parent, with which the process ends", async () => {
    const parent = fork(path.join(__dirname, "dynamodbParent.ts"), [folder], {
      execArgv: ["--require", require.resolve("tsx/cjs")],
    });
    const [pid] = (await once(parent, "message")) as [number];
    parent.kill("SIGKILL");
    while (isRunning(pid)) await wait(5);
    const fixture = await startDynamoDb(folder);
    assert.deepEqual(await users(fixture.client), ["ann"]);
    await fixture.close();
  });

  it("is kept when indexes change, and lost with a line in the log when keys do", async () => {
    const first = await startDynamoDb(folder);
    await put(first.client, "ann");
    await put(first.client, "bob");
    await first.close();
    assert.deepEqual(first.lines, []);

    const globalSecondaryIndexes = [
      { name: "bySession", hashKey: "session", rangeKey: "user", projectionType: "KEYS_ONLY" },
    ];
    const attributes = ["user", "session"].map((name) => ({ name, type: "S" }));
    const indexed = table({ attributes, globalSecondaryIndexes });
    for (const lines of [1, 0]) {
      const fixture = await startDynamoDb(folder, { table: indexed });
      assert.deepEqual(await users(fixture.client), ["ann", "bob"]);
      await fixture.close();
      assert.equal(fixture.lines.length, lines);
    }

    const rekeyed = table({
      attributes: attributes.slice(0, 1),
      rangeKey: undefined,
      globalSecondaryIndexes: undefined,
    });
    const last = await startDynamoDb(folder, { table: rekeyed });
    assert.deepEqual(await users(last.client), []);
    assert.deepEqual(last.lines, [
      "table chat-sessions: its keys change from user (S), session (S) to user (S), " +
        "it is created anew and its items are lost",
    ]);
    await last.close();
  });

  it("loses items whose time has passed, by the attribute that the table names", async () => {
    const fixture = await startDynamoDb(folder, { ttlSeconds: 0.05 });
    const now = Math.floor(Date.now() / 1000);
    const expires = (seconds: number) => ({ expires: { N: String(seconds) } });
    const year = 365 * 24 * 3600;
    await put(fixture.client, "alive", expires(now + 3600));
    await put(fixture.client, "ancient", expires(now - 6 * year));
    await put(fixture.client, "text", { expires: { S: String(now - 10) } });
    await put(fixture.client, "timeless");
    await put(fixture.client, "extended", expires(now + 3600));
    await put(fixture.client, "expired", expires(now - 10));
    await put(fixture.client, "old", expires(now - 4 * year));
    const kept = ["alive", "ancient", "extended", "text", "timeless"];
    while ((await users(fixture.client)).length > kept.length) await wait(10);
    assert.deepEqual(await users(fixture.client), kept);
    await fixture.client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { user: { S: "extended" }, session: { S: "1" } },
        UpdateExpression: "SET expires = :e",
        ExpressionAttributeValues: { ":e": { N: String(now - 5) } },
      }),
    );
    while ((await users(fixture.client)).includes("extended")) await wait(10);
    await fixture.close();
  });

  it("keeps expired items of a table without a time to live", async () => {
    const fixture = await startDynamoDb(folder, {
      ttlSeconds: 0.02,
      table: table({ ttl: { attributeName: "expires", enabled: false } }),
    });
    await put(fixture.client, "expired", { expires: { N: "1" } });
    // Several sweeps' time; there is nothing to wait for.
    await wait(100);
    assert.deepEqual(await users(fixture.client), ["expired"]);
    await fixture.close();
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function retried<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let i = 0; ; i++) {
    try {
      return await run();
    } catch (error) {
      if (i === 50) throw error;
      await wait(50);
    }
  }
}
