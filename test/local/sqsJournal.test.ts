import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Journal, readJournal } from "../../local/sqs/journal";
import type { Message } from "../../local/sqs/message";
import { temporaryFolder } from "./iamFixture";

describe("local SQS: the journal", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = path.join(folder, "messages.jsonl");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const message = (id: string): Message => ({
    id,
    body: `body of ${id}`,
    bodyMd5: "",
    attributes: {},
    senderId: "",
    sentAt: 0,
    receiveCount: 0,
    hiddenUntil: 0,
  });

  it("does not grow with what has gone", async () => {
    const kept = message("kept");
    const lines: string[] = [];
    const journal = new Journal(
      file,
      () => [["jobs", [kept]]],
      (line) => lines.push(line),
    );
    journal.record("jobs", kept.id, kept);
    for (let round = 0; round < 50; round++) {
      for (let n = 0; n < 100; n++) {
        journal.record("jobs", `${round} ${n}`, message(`${round} ${n}`));
        journal.record("jobs", `${round} ${n}`, null);
      }
      await journal.flushed();
    }
    await journal.close();
    assert(fs.readFileSync(file, "utf8").split("\n").length < 2000);
    assert.deepEqual([...(await readJournal(file)).get("jobs")!.values()], [kept]);
    assert.deepEqual(lines, []);
  });

  it("does not mind half a line at its end", async () => {
    const line = JSON.stringify(["jobs", "a", message("a")]);
    fs.writeFileSync(file, `${line}\n${line.slice(0, 20)}`);
    assert.deepEqual([...(await readJournal(file)).get("jobs")!.keys()], ["a"]);
  });

  it("tells those who wait when it cannot be written, and writes all with the next change", async () => {
    const messages: Message[] = [];
    const lines: string[] = [];
    const inside = path.join(folder, "later", "messages.jsonl");
    const journal = new Journal(
      inside,
      () => [["jobs", messages]],
      (line) => lines.push(line),
    );
    const add = (id: string): Promise<void> => {
      messages.push(message(id));
      journal.record("jobs", id, message(id));
      return journal.flushed();
    };
    await assert.rejects(add("a"), { code: "ENOENT" });
    assert.match(lines.join(), /SQS: ENOENT/);
    fs.mkdirSync(path.dirname(inside));
    await add("b");
    await journal.close();
    assert.deepEqual([...(await readJournal(inside)).get("jobs")!.keys()], ["a", "b"]);
  });
});
