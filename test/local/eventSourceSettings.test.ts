import assert from "node:assert/strict";
import type { Resource } from "../../local/graph";
import { readEventSources } from "../../local/lambda/eventSourceSettings";
import { resource } from "./iamFixture";
import { fn } from "./lambdaFixture";
import { queueArn, queueResource, sqsPolicy, startSqs } from "./sqsFixture";

const mapping = (inputs: Record<string, unknown> = {}): Resource =>
  resource("aws:lambda/eventSourceMapping:EventSourceMapping", "mapping", {
    eventSourceArn: queueArn("jobs"),
    functionName: "worker",
    ...inputs,
  });

async function read(resources: Resource[], actions?: string[]) {
  const fixture = await startSqs((endpoint) => [
    sqsPolicy(actions),
    queueResource(endpoint, "jobs"),
    ...resources,
  ]);
  try {
    return readEventSources(fixture.graph, fixture.iam, fixture.sqs);
  } finally {
    await fixture.close();
  }
}

describe("local event source mappings: the program's", () => {
  const worker = fn("worker", "");

  it("have Lambda's defaults, and name their function by name or ARN", async () => {
    for (const functionName of ["worker", worker.outputs.arn]) {
      const [settings] = await read([worker, mapping({ functionName })]);
      const { batchSize, windowSeconds, concurrency, reportsFailures } = settings!;
      assert.deepEqual([batchSize, windowSeconds, concurrency, reportsFailures], [10, 0, 5, false]);
    }
  });

  it("are left out if they are not enabled", async () => {
    assert.deepEqual(await read([worker, mapping({ enabled: false })]), []);
  });

  it("need the function's role to read the queue", async () => {
    await assert.rejects(read([worker, mapping()], ["sqs:SendMessage"]), {
      message:
        /^event source mapping mapping: The function execution role does not have permissions to call ReceiveMessage on SQS \(function worker: User: .*handlers\/worker is not authorized/,
    });
    await assert.rejects(read([worker, mapping()], ["sqs:ReceiveMessage"]), {
      message: /call DeleteMessage on SQS/,
    });
    await read(
      [worker, mapping()],
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    );
  });

  const refused: [string, Resource[], RegExp][] = [
    [
      "a function that may run longer than messages are hidden",
      [fn("worker", "", { timeout: 60 }), mapping()],
      /Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds/,
    ],
    [
      "filters",
      [worker, mapping({ filterCriteria: { filters: [] } })],
      /`filterCriteria` is not supported by the local run/,
    ],
    ["streams", [worker, mapping({ eventSourceArn: "arn:aws:kinesis:x" })], /queues as event/],
    ["a queue that is not there", [worker, mapping({ eventSourceArn: queueArn("x") })], /no queue/],
    ["a function that is not there", [mapping()], /Function not found: worker/],
    ["large batches without a window", [worker, mapping({ batchSize: 11 })], /must be greater/],
    [
      "a concurrency of one",
      [worker, mapping({ scalingConfig: { maximumConcurrency: 1 } })],
      /`scalingConfig.maximumConcurrency` must be a whole number from 2 to 1000/,
    ],
    ["other response types", [worker, mapping({ functionResponseTypes: ["All"] })], /All is no/],
  ];
  for (const [what, resources, message] of refused) {
    it(`refuse ${what}`, async () => {
      await assert.rejects(read(resources), { message });
    });
  }
});
