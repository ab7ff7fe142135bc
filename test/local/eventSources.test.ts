import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createLambda, type Lambda } from "../../local/lambda";
import { createEventSources, type EventSources } from "../../local/lambda/eventSources";
import type { Resource } from "../../local/graph";
import { resource, temporaryFolder } from "./iamFixture";
import { fn } from "./lambdaFixture";
import { queueArn, queueResource, sqsPolicy, startSqs, type SqsFixture } from "./sqsFixture";

/** What a function has told the test, and how the test answers: with the function's result. */
interface Told {
  event: { Records: Record<string, any>[] };
  answer(result: unknown): void;
}

/** A server that functions tell their events, which wait for its answers. */
async function startListener() {
  const told: Told[] = [];
  let heard = (): void => undefined;
  const server = http.createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const answer = (result: unknown): void => void response.end(JSON.stringify({ result }));
      told.push({ event: JSON.parse(text), answer });
      heard();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    /** The next event, which may already be there. */
    async next(): Promise<Told> {
      while (told.length === 0) await new Promise<void>((resolve) => (heard = resolve));
      return told.shift()!;
    },
    close: () => server.close().closeAllConnections(),
  };
}

const mapping = (inputs: Record<string, unknown> = {}): Resource =>
  resource("aws:lambda/eventSourceMapping:EventSourceMapping", "mapping", {
    eventSourceArn: queueArn("jobs"),
    functionName: "worker",
    functionResponseTypes: ["ReportBatchItemFailures"],
    ...inputs,
  });

describe("local event source mappings", () => {
  let listener: Awaited<ReturnType<typeof startListener>>;
  let fixture: SqsFixture;
  let lambda: Lambda;
  let sources: EventSources | undefined;
  const codeFolder = temporaryFolder();
  beforeEach(async () => (listener = await startListener()));
  afterEach(async () => {
    await sources?.close();
    await lambda.close();
    await fixture.close();
    listener.close();
  });
  after(() => fs.rmSync(codeFolder, { recursive: true }));

  async function start(mappingInputs: Record<string, unknown>, queueInputs = {}): Promise<void> {
    const code = `exports.handler = async (event) => {
      const answer = await fetch("${listener.url}", { method: "POST", body: JSON.stringify(event) });
      const { result } = await answer.json();
      if (result === "throw") throw new Error("cannot");
      return result;
    }`;
    fixture = await startSqs((endpoint) => [
      sqsPolicy(),
      queueResource(endpoint, "jobs", queueInputs),
      queueResource(endpoint, "dead"),
      fn("worker", code),
      mapping(mappingInputs),
    ]);
    const { graph, iam, lines, sqs } = fixture;
    const log = (line: string): void => void lines.push(line);
    const environment = { AWS_REGION: "eu-west-1" };
    lambda = await createLambda({ graph, iam, environment, folder: codeFolder, log });
    sources = createEventSources({ graph, iam, lambda, sqs, log });
  }

  const send = (...bodies: string[]) =>
    fixture.client.send(
      new SendMessageBatchCommand({
        QueueUrl: fixture.url("jobs"),
        Entries: bodies.map((MessageBody, n) => ({ Id: `n${n}`, MessageBody })),
      }),
    );
  const bodies = ({ event }: Told): string[] => event.Records.map(({ body }) => body);
  const count = (name = "jobs") => fixture.sqs.queue(queueArn(name))!.count();

  /** Waits until a message is gone, which happens after the function has answered. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  it("invoke the function with messages in the shape of AWS, and delete them", async () => {
    await start({});
    const sent = await fixture.client.send(
      new SendMessageCommand({
        QueueUrl: fixture.url("jobs"),
        MessageBody: "hello",
        MessageAttributes: { kind: { DataType: "String", StringValue: "greeting" } },
      }),
    );
    const told = await listener.next();
    const now = String(fixture.clock.now());
    const [{ receiptHandle, attributes, ...record }] = told.event.Records as [any];
    assert.equal(typeof receiptHandle, "string");
    assert.deepEqual(Object.keys(attributes), [
      "ApproximateReceiveCount",
      "SentTimestamp",
      "SenderId",
      "ApproximateFirstReceiveTimestamp",
    ]);
    assert.deepEqual([attributes.ApproximateReceiveCount, attributes.SentTimestamp], ["1", now]);
    assert.deepEqual(record, {
      messageId: sent.MessageId,
      body: "hello",
      messageAttributes: {
        kind: {
          stringValue: "greeting",
          stringListValues: [],
          binaryListValues: [],
          dataType: "String",
        },
      },
      md5OfMessageAttributes: sent.MD5OfMessageAttributes,
      md5OfBody: "5d41402abc4b2a76b9719d911017c592",
      eventSource: "aws:sqs",
      eventSourceARN: queueArn("jobs"),
      awsRegion: "eu-west-1",
    });
    assert.deepEqual(count(), { visible: 0, inFlight: 1, delayed: 0 });
    told.answer(null);
    await until(() => count().inFlight === 0);
  });

  it("give failed messages again, alone, and at last to the dead-letter queue", async () => {
    const redrivePolicy = { deadLetterTargetArn: queueArn("dead"), maxReceiveCount: 2 };
    await start({}, { redrivePolicy: JSON.stringify(redrivePolicy) });
    await send("a", "b", "c");
    const first = await listener.next();
    assert.deepEqual(bodies(first), ["a", "b", "c"]);
    const itemIdentifier = first.event.Records[1]!.messageId;
    first.answer({ batchItemFailures: [{ itemIdentifier }] });
    await until(() => count().inFlight === 1);
    fixture.clock.advance(30);
    const second = await listener.next();
    assert.deepEqual(bodies(second), ["b"]);
    assert.equal(second.event.Records[0]!.attributes.ApproximateReceiveCount, "2");
    second.answer("throw");
    await until(() => fixture.lines.some((line) => line.includes("cannot")));
    fixture.clock.advance(30);
    assert.deepEqual(count("dead"), { visible: 1, inFlight: 0, delayed: 0 });
    assert.equal(count().inFlight, 0);
  });

  it("take a malformed batch response for a failure of all", async () => {
    await start({});
    for (const result of [
      { batchItemFailures: [{ itemIdentifier: "" }] },
      { batchItemFailures: [{ itemIdentifier: "not of the batch" }] },
      { batchItemFailures: [{ id: "x" }] },
      { batchItemFailures: {} },
      "text",
    ]) {
      if (count().inFlight === 0) await send("a");
      else fixture.clock.advance(30);
      const before = fixture.lines.length;
      (await listener.next()).answer(result);
      await until(() => fixture.lines.length > before);
      assert.match(fixture.lines.at(-1)!, /no batch response/);
      assert.equal(count().inFlight, 1);
    }
    fixture.clock.advance(30);
    (await listener.next()).answer({ batchItemFailures: null });
    await until(() => count().inFlight === 0);
  });

  it("delete all that a function has not failed for, unless it reports failures", async () => {
    await start({ functionResponseTypes: undefined });
    await send("a");
    (await listener.next()).answer({ batchItemFailures: [{ itemIdentifier: "any" }] });
    await until(() => count().inFlight === 0);
  });

  it("run as many batches at a time as they may, each as large as it may be", async () => {
    await start({ batchSize: 2, scalingConfig: { maximumConcurrency: 2 } });
    await send("1", "2", "3", "4", "5");
    const running = [await listener.next(), await listener.next()];
    assert.deepEqual(running.map((told) => bodies(told)).sort(), [
      ["1", "2"],
      ["3", "4"],
    ]);
    assert.deepEqual(count(), { visible: 1, inFlight: 4, delayed: 0 });
    running[1]!.answer(null);
    assert.deepEqual(bodies(await listener.next()), ["5"]);
    assert.equal(listener.told.length, 0);
  });

  it("gather messages for the batch window, or until the batch is full", async () => {
    await start({ batchSize: 3, maximumBatchingWindowInSeconds: 20 });
    await send("1");
    await send("2");
    assert.equal(listener.told.length, 0);
    fixture.clock.advance(20);
    assert.deepEqual(bodies(await listener.next()), ["1", "2"]);
    for (const body of ["3", "4", "5"]) await send(body);
    assert.deepEqual(bodies(await listener.next()), ["3", "4", "5"]);
  });

  it("keep events within what a function may be given", async () => {
    await start({}, { maxMessageSize: 1_048_576 });
    const queue = fixture.sqs.queue(queueArn("jobs"))!;
    queue.send(
      [..."abcdefgh"].map((letter) => ({
        body: letter.repeat(1_048_576),
        attributes: {},
        senderId: "x",
      })),
    );
    const batches = [await listener.next(), await listener.next()];
    assert.deepEqual(batches.map(({ event }) => event.Records.length).sort(), [3, 5]);
  });

  it("take messages that an earlier run has left", async () => {
    await start({ enabled: false });
    await send("left");
    assert.equal(count().visible, 1);
    const { graph, iam } = fixture;
    await sources!.close();
    await fixture.restart();
    graph.ofType("aws:lambda/eventSourceMapping:EventSourceMapping")[0]!.inputs.enabled = true;
    sources = createEventSources({ graph, iam, lambda, sqs: fixture.sqs, log: () => undefined });
    assert.deepEqual(bodies(await listener.next()), ["left"]);
  });
});
