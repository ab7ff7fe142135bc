import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  TagQueueCommand,
  type Message,
  type ReceiveMessageCommandInput,
} from "@aws-sdk/client-sqs";
import assert from "node:assert/strict";
import { root } from "../../local/iam";
import { md5OfAttributes } from "../../local/sqs/message";
import { roleArn } from "./iamFixture";
import { queueArn, queueResource, sqsPolicy, startSqs, type SqsFixture } from "./sqsFixture";

describe("local SQS", () => {
  let fixture: SqsFixture;
  let url: string;
  beforeEach(async () => {
    fixture = await startSqs((endpoint) => [
      sqsPolicy(),
      queueResource(endpoint, "jobs", {
        messageRetentionSeconds: 600,
        maxMessageSize: 1_048_576,
        redrivePolicy: JSON.stringify({
          deadLetterTargetArn: queueArn("dead"),
          maxReceiveCount: 2,
        }),
      }),
      queueResource(endpoint, "dead"),
      queueResource(endpoint, "small", { maxMessageSize: 1024, delaySeconds: 5 }),
    ]);
    url = fixture.url("jobs");
  });
  afterEach(() => fixture.close());

  const send = (MessageBody: string, QueueUrl = url) =>
    fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const receive = async (
    input: Partial<ReceiveMessageCommandInput> = {},
    QueueUrl = url,
  ): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...input });
    return (await fixture.client.send(command)).Messages ?? [];
  };
  const attributes = async (QueueUrl = url) => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
    return (await fixture.client.send(command)).Attributes!;
  };

  it("hands a message on until it is deleted", async () => {
    const sent = await send("grüße");
    const [message, ...others] = await receive({ MessageSystemAttributeNames: ["All"] });
    assert.equal(others.length, 0);
    assert.equal(message!.MessageId, sent.MessageId);
    assert.equal(message!.Body, "grüße");
    const now = String(fixture.clock.now());
    const { SenderId, ...rest } = message!.Attributes!;
    assert.match(SenderId!, /^AROA[0-9A-F]{16}:tester$/);
    assert.deepEqual(rest, {
      ApproximateReceiveCount: "1",
      SentTimestamp: now,
      ApproximateFirstReceiveTimestamp: now,
    });
    const { ReceiptHandle } = message!;
    await fixture.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    fixture.clock.advance(60);
    assert.deepEqual(await receive(), []);
  });

  it("hides a received message for the visibility timeout, which can be changed", async () => {
    await send("once more");
    const [first] = await receive({ VisibilityTimeout: 10 });
    assert.deepEqual(await receive(), []);
    fixture.clock.advance(9);
    assert.deepEqual(await receive(), []);
    const change = (ReceiptHandle: string, VisibilityTimeout: number) =>
      fixture.client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }),
      );
    await change(first!.ReceiptHandle!, 20);
    fixture.clock.advance(19);
    assert.deepEqual(await receive(), []);
    fixture.clock.advance(1);
    const [second] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    assert.deepEqual(second!.Attributes, { ApproximateReceiveCount: "2" });
    await assert.rejects(change(first!.ReceiptHandle!, 0), { name: "InvalidParameterValue" });
    // A handle that was replaced deletes nothing.
    const { ReceiptHandle } = first!;
    await fixture.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    assert.equal((await attributes()).ApproximateNumberOfMessagesNotVisible, "1");
  });

  it("answers a long poll when a message comes, and without one when its time is over", async () => {
    const polled = receive({ WaitTimeSeconds: 20 });
    await send("awaited");
    assert.equal((await polled)[0]!.Body, "awaited");
    const command = new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 });
    const real = await startSqs((endpoint) => [sqsPolicy(), queueResource(endpoint, "jobs")], {
      clock: { now: () => 0, after: (_, call) => (setImmediate(call), () => undefined) },
    });
    command.input.QueueUrl = real.url("jobs");
    assert.equal((await real.client.send(command)).Messages, undefined);
    await real.close();
  });

  it("moves what was received too often to the dead-letter queue", async () => {
    const { MessageId } = await send("poison");
    for (const count of ["1", "2"]) {
      const [message] = await receive({ AttributeNames: ["All"] });
      assert.equal(message!.Attributes!.ApproximateReceiveCount, count);
      fixture.clock.advance(30);
    }
    assert.deepEqual(await receive(), []);
    const [dead] = await receive({ MessageSystemAttributeNames: ["All"] }, fixture.url("dead"));
    assert.equal(dead!.MessageId, MessageId);
    assert.equal(dead!.Attributes!.DeadLetterQueueSourceArn, queueArn("jobs"));
  });

  it("delays and expires messages", async () => {
    const small = fixture.url("small");
    await send("later", small);
    assert.equal((await attributes(small)).ApproximateNumberOfMessagesDelayed, "1");
    assert.deepEqual(await receive({}, small), []);
    fixture.clock.advance(5);
    assert.equal((await receive({}, small)).length, 1);
    await send("old");
    fixture.clock.advance(600);
    assert.deepEqual(await receive(), []);
    assert.equal((await attributes()).ApproximateNumberOfMessages, "0");
  });

  it("carries message attributes, with the digest that AWS gives them", async () => {
    const sent = await fixture.client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: "x",
        MessageAttributes: {
          name: { DataType: "String", StringValue: "value" },
          "app.count": { DataType: "Number.int", StringValue: "7" },
          raw: { DataType: "Binary", BinaryValue: Buffer.from([1, 2, 255]) },
        },
        MessageSystemAttributes: {
          AWSTraceHeader: {
            DataType: "String",
            StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793",
          },
        },
      }),
    );
    assert.match(sent.MD5OfMessageSystemAttributes!, /^[0-9a-f]{32}$/);
    const [all] = await receive({ MessageAttributeNames: ["All"], VisibilityTimeout: 0 });
    assert.equal(all!.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
    assert.deepEqual(Object.keys(all!.MessageAttributes!).sort(), ["app.count", "name", "raw"]);
    assert.deepEqual([...all!.MessageAttributes!.raw!.BinaryValue!], [1, 2, 255]);
    const timestamp = { DataType: "Number", StringValue: "1493147359900" };
    // As AWS has answered it.
    assert.equal(md5OfAttributes({ timestamp }), "235c5c510d26fb653d073faed50ae77c");
    const [some] = await receive({ MessageAttributeNames: ["app.*"] });
    assert.deepEqual(Object.keys(some!.MessageAttributes!), ["app.count"]);
  });

  it("sends and deletes batches, entry by entry", async () => {
    const batch = (Entries: { Id: string; MessageBody: string }[], QueueUrl = url) =>
      fixture.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const result = await batch(
      [
        { Id: "a", MessageBody: "1" },
        { Id: "b", MessageBody: "x".repeat(2000) },
      ],
      fixture.url("small"),
    );
    assert.deepEqual(
      result.Successful!.map(({ Id }) => Id),
      ["a"],
    );
    assert.deepEqual(result.Failed, [
      {
        Id: "b",
        SenderFault: true,
        Code: "InvalidParameterValue",
        Message:
          "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
      },
    ]);
    const ten = [...Array(10).keys()].map((n) => ({ Id: `n${n}`, MessageBody: String(n) }));
    await batch(ten);
    const messages = await receive();
    assert.deepEqual(
      messages.map(({ Body }) => Body).sort(),
      ten.map((each) => each.MessageBody),
    );
    const deleted = await fixture.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          ...messages.slice(1).map(({ ReceiptHandle }, n) => ({ Id: `m${n}`, ReceiptHandle })),
          { Id: "none", ReceiptHandle: "none" },
        ],
      }),
    );
    assert.equal(deleted.Successful!.length, 9);
    assert.deepEqual(
      deleted.Failed!.map(({ Id, Code }) => [Id, Code]),
      [["none", "ReceiptHandleIsInvalid"]],
    );
    assert.equal((await attributes()).ApproximateNumberOfMessagesNotVisible, "1");
    for (const [entries, name] of [
      [[], "EmptyBatchRequest"],
      [[...ten, { Id: "more", MessageBody: "x" }], "TooManyEntriesInBatchRequest"],
      [[ten[0]!, ten[0]!], "BatchEntryIdsNotDistinct"],
      [[{ Id: "a b", MessageBody: "x" }], "InvalidBatchEntryId"],
      [
        ten.slice(0, 2).map((each) => ({ ...each, MessageBody: "x".repeat(600_000) })),
        "BatchRequestTooLong",
      ],
    ] as const) {
      await assert.rejects(batch([...entries]), { name });
    }
  });

  it("refuses what AWS refuses, by the same names", async () => {
    const { client } = fixture;
    const QueueUrl = url;
    await assert.rejects(send("x", fixture.url("none")), { name: "QueueDoesNotExist" });
    await assert.rejects(send("x", "http://127.0.0.1/jobs"), { name: "InvalidAddress" });
    await assert.rejects(send("a\u0000b"), { name: "InvalidMessageContents" });
    await assert.rejects(send("x".repeat(1025), fixture.url("small")), {
      name: "InvalidParameterValue",
      message: /shorter than 1024 bytes/,
    });
    await assert.rejects(send(""), { name: "MissingParameter" });
    await assert.rejects(receive({ MaxNumberOfMessages: 11 }), { name: "InvalidParameterValue" });
    await assert.rejects(receive({ WaitTimeSeconds: 21 }), { name: "InvalidParameterValue" });
    const handle = { QueueUrl, ReceiptHandle: "nonsense" };
    await assert.rejects(client.send(new DeleteMessageCommand(handle)), {
      name: "ReceiptHandleIsInvalid",
    });
    const unknown = { QueueUrl, AttributeNames: ["Colour" as never] };
    await assert.rejects(client.send(new GetQueueAttributesCommand(unknown)), {
      name: "InvalidAttributeName",
    });
    await assert.rejects(client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "b" } })), {
      name: "UnsupportedOperation",
    });
  });

  it("tells about queues, and empties them", async () => {
    const { client } = fixture;
    const found = await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
    assert.equal(found.QueueUrl, url);
    const page = await client.send(new ListQueuesCommand({ MaxResults: 2 }));
    assert.deepEqual(page.QueueUrls, [url, fixture.url("dead")]);
    const { NextToken } = page;
    const rest = await client.send(new ListQueuesCommand({ MaxResults: 2, NextToken }));
    assert.deepEqual(rest.QueueUrls, [fixture.url("small")]);
    const { QueueArn, MessageRetentionPeriod, MaximumMessageSize } = await attributes();
    assert.deepEqual(
      [QueueArn, MessageRetentionPeriod, MaximumMessageSize],
      [queueArn("jobs"), "600", "1048576"],
    );
    await send("x");
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    assert.deepEqual(await receive(), []);
    await assert.rejects(client.send(new PurgeQueueCommand({ QueueUrl: url })), {
      name: "PurgeQueueInProgress",
    });
  });

  it("keeps messages, and what is known of them, over a restart", async () => {
    for (const body of ["kept", "deleted", "in flight"]) await send(body);
    const [, deleted] = await receive({ MaxNumberOfMessages: 2, VisibilityTimeout: 0 });
    const { ReceiptHandle } = deleted!;
    await fixture.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    const taken = await receive({ VisibilityTimeout: 30, MaxNumberOfMessages: 1 });
    assert.equal(taken[0]!.Body, "in flight");
    await fixture.restart();
    const [kept, ...others] = await receive({ AttributeNames: ["All"] });
    assert.equal(others.length, 0);
    assert.equal(kept!.Body, "kept");
    assert.equal(kept!.Attributes!.ApproximateReceiveCount, "2");
    fixture.clock.advance(30);
    assert.deepEqual(
      (await receive()).map(({ Body }) => Body),
      ["in flight"],
    );
  });

  it("lets nobody in whom no policy allows, and no browser", async () => {
    const credentials = { accessKeyId: "ASIAOFNOBODY", secretAccessKey: "x" };
    const { endpoint } = fixture;
    const nobody = new SQSClient({ region: "eu-west-1", endpoint, credentials, maxAttempts: 1 });
    const command = new ReceiveMessageCommand({ QueueUrl: url });
    await assert.rejects(nobody.send(command), { name: "InvalidClientTokenId" });
    const headers = { "x-amz-target": "AmazonSQS.ListQueues", origin: "https://example.com" };
    const refused = await fetch(endpoint, { method: "POST", headers, body: "{}" });
    assert.equal(refused.status, 403);
    nobody.destroy();

    const limited = await startSqs((address) => [
      sqsPolicy(["sqs:SendMessage"]),
      queueResource(address, "jobs"),
    ]);
    const QueueUrl = limited.url("jobs");
    await limited.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
    await assert.rejects(limited.client.send(new ReceiveMessageCommand({ QueueUrl })), {
      name: "AccessDenied",
      message: /assumed-role\/handlers\/tester is not authorized to perform: sqs:ReceiveMessage on/,
    });
    await limited.close();
  });

  it("lets the root user in, whom messages name by the account", async () => {
    const { endpoint } = fixture;
    const region = "eu-west-1";
    const client = new SQSClient({ region, endpoint, credentials: root, maxAttempts: 1 });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "x" }));
    client.destroy();
    const [message] = await receive({ MessageSystemAttributeNames: ["SenderId"] });
    assert.deepEqual(message!.Attributes, { SenderId: "000000000000" });
  });

  it("is found by clients that have only AWS_ENDPOINT_URL_SQS", async () => {
    process.env.AWS_ENDPOINT_URL_SQS = fixture.endpoint;
    const credentials = fixture.iam.credentialsFor(roleArn, "tester");
    const client = new SQSClient({ region: "eu-west-1", credentials, maxAttempts: 1 });
    try {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
    } finally {
      delete process.env.AWS_ENDPOINT_URL_SQS;
      client.destroy();
    }
    assert.equal((await receive()).length, 1);
  });
});
