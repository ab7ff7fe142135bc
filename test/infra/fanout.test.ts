import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { evaluated, find, only } from "../support/evaluations";

describe("the fan-out", () => {
  let graph: Graph;
  before(async () => ({ graph } = await evaluated("prod")));
  const queue = (name: string) => find(graph, "aws:sqs/queue:Queue", name);

  it("has an encrypted queue that leaves to another what fails for good", () => {
    assert.deepEqual(queue("fanout-dead-letters").inputs, {
      name: "switchboard-prod-fanout-dead-letters",
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 1_209_600,
    });
    const { redrivePolicy, ...inputs } = queue("fanout").inputs;
    assert.deepEqual(inputs, {
      name: "switchboard-prod-fanout",
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 3600,
      maxMessageSize: 1_048_576,
      // AWS wants at least the function's timeout, and advises six times as much.
      visibilityTimeoutSeconds: 90,
    });
    assert.deepEqual(JSON.parse(redrivePolicy), {
      deadLetterTargetArn: queue("fanout-dead-letters").outputs.arn,
      maxReceiveCount: 5,
    });
    const allow = only(graph, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs;
    assert.equal(allow.queueUrl, queue("fanout-dead-letters").outputs.url);
    assert.deepEqual(JSON.parse(allow.redriveAllowPolicy), {
      redrivePermission: "byQueue",
      sourceQueueArns: [queue("fanout").outputs.arn],
    });
  });

  for (const name of ["fanout", "fanout-dead-letters"]) {
    it(`takes ${name} over TLS alone`, () => {
      assert.deepEqual(find(graph, "aws:sqs/queuePolicy:QueuePolicy", name).inputs, {
        queueUrl: queue(name).outputs.url,
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "OnlyOverTls",
              Effect: "Deny",
              Principal: "*",
              Action: "sqs:*",
              Resource: queue(name).outputs.arn,
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        },
      });
    });
  }

  it("has workers, as many at a time as the setting says, that tell which jobs failed", () => {
    assert.deepEqual(only(graph, "aws:lambda/eventSourceMapping:EventSourceMapping").inputs, {
      eventSourceArn: queue("fanout").outputs.arn,
      functionName: find(graph, "aws:lambda/function:Function", "deliver").outputs.arn,
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 10 },
    });
  });
});
