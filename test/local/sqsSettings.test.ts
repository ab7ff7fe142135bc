import assert from "node:assert/strict";
import { Graph } from "../../local/graph";
import { readQueues } from "../../local/sqs/settings";
import { resource } from "./iamFixture";
import { queueArn, queueResource } from "./sqsFixture";

const endpoint = "https://sqs.eu-west-1.amazonaws.com";
const queue = (name: string, inputs: Record<string, unknown> = {}) =>
  queueResource(endpoint, name, inputs);
const redrive = (to: string) =>
  JSON.stringify({ deadLetterTargetArn: queueArn(to), maxReceiveCount: 3 });
const policy = (statement: object) =>
  resource("aws:sqs/queuePolicy:QueuePolicy", "policy", {
    queueUrl: `${endpoint}/000000000000/jobs`,
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
  });
const tlsOnly = {
  Effect: "Deny",
  Principal: "*",
  Action: "sqs:*",
  Resource: queueArn("jobs"),
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

describe("local SQS: the program's queues", () => {
  it("have the provider's defaults, and policies of their own or beside them", () => {
    const [jobs] = readQueues(
      new Graph([
        queue("jobs", { sqsManagedSseEnabled: true }),
        queue("dead"),
        policy(tlsOnly),
        resource("aws:sqs/redrivePolicy:RedrivePolicy", "redrive", {
          queueUrl: `${endpoint}/000000000000/jobs`,
          redrivePolicy: redrive("dead"),
        }),
        resource("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "allow", {
          queueUrl: `${endpoint}/000000000000/dead`,
          redriveAllowPolicy: JSON.stringify({
            redrivePermission: "byQueue",
            sourceQueueArns: [queueArn("jobs")],
          }),
        }),
      ]),
    );
    const { visibilityTimeoutSeconds, retentionSeconds, maxMessageBytes } = jobs!;
    assert.deepEqual(
      [visibilityTimeoutSeconds, retentionSeconds, maxMessageBytes],
      [30, 345_600, 262_144],
    );
    assert.deepEqual(jobs!.redrive, { deadLetterTargetArn: queueArn("dead"), maxReceiveCount: 3 });
    jobs!.denies("sqs:SendMessage", queueArn("jobs"));
  });

  it("are denied what their policy denies", () => {
    const deny = { ...tlsOnly, Action: "sqs:PurgeQueue", Condition: undefined };
    const [jobs] = readQueues(new Graph([queue("jobs"), policy(deny)]));
    jobs!.denies("sqs:SendMessage", queueArn("jobs"));
    assert.throws(() => jobs!.denies("sqs:PurgeQueue", queueArn("jobs")), {
      name: "AccessDeniedException",
    });
  });

  const refused: [string, ReturnType<typeof queue>[], RegExp][] = [
    ["FIFO", [queue("jobs.fifo", { fifoQueue: true })], /jobs\.fifo: `fifoQueue` is not supported/],
    ["a key", [queue("jobs", { kmsMasterKeyId: "x" })], /jobs: `kmsMasterKeyId` is not supported/],
    ["a name", [queue("jo bs")], /jo bs: Can only include alphanumeric/],
    ["a timeout", [queue("jobs", { visibilityTimeoutSeconds: 43_201 })], /from 0 to 43200/],
    [
      "a dead-letter queue that is not there",
      [queue("jobs", { redrivePolicy: redrive("none") })],
      /Dead letter target does not exist/,
    ],
    [
      "a dead-letter queue that does not want it",
      [
        queue("jobs", { redrivePolicy: redrive("dead") }),
        queue("dead", { redriveAllowPolicy: '{"redrivePermission":"denyAll"}' }),
      ],
      /redrive allow policy of dead does not allow it/,
    ],
    ["a policy that allows", [queue("jobs"), policy({ ...tlsOnly, Effect: "Allow" })], /only/],
    ["a policy of no queue", [policy(tlsOnly)], /there is no queue https/],
  ];
  for (const [what, resources, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => readQueues(new Graph(resources)), { message });
    });
  }
});
