import type { Graph, Resource } from "../graph";
import { denials, type Denies } from "./policy";

/** A queue of the graph, with the defaults for what it leaves open. */
export interface QueueSettings {
  name: string;
  arn: string;
  url: string;
  visibilityTimeoutSeconds: number;
  retentionSeconds: number;
  delaySeconds: number;
  maxMessageBytes: number;
  receiveWaitSeconds: number;
  isEncrypted: boolean;
  redrive?: { deadLetterTargetArn: string; maxReceiveCount: number };
  /** As the program has them. */
  documents: { Policy?: string; RedrivePolicy?: string; RedriveAllowPolicy?: string };
  /** What the queue's policy forbids. */
  denies: Denies;
}

/** Inputs that mean something here, or nothing to what a queue does. */
const knownInputs = new Set([
  "delaySeconds",
  "fifoQueue",
  "maxMessageSize",
  "messageRetentionSeconds",
  "name",
  "policy",
  "receiveWaitTimeSeconds",
  "redriveAllowPolicy",
  "redrivePolicy",
  "region",
  "sqsManagedSseEnabled",
  "tags",
  "tagsAll",
  "visibilityTimeoutSeconds",
]);

/**
 * The graph's queues with their policies.
 * @throws Error naming all queues that AWS would refuse, or that cannot be run here.
 */
export function readQueues(graph: Graph): QueueSettings[] {
  const problems: string[] = [];
  const resources = graph.ofType("aws:sqs/queue:Queue");
  const queues = resources.flatMap((resource) => {
    try {
      return [readQueue(resource, graph)];
    } catch (error) {
      problems.push(`queue ${resource.outputs.name}: ${(error as Error).message}`);
      return [];
    }
  });
  for (const { name, arn, redrive } of queues) {
    const target = queues.find((queue) => queue.arn === redrive?.deadLetterTargetArn);
    if (redrive && !target && problems.length === 0) {
      problems.push(
        `queue ${name}: Value ${JSON.stringify(redrive)} for parameter RedrivePolicy is invalid. ` +
          "Reason: Dead letter target does not exist.",
      );
    }
    if (target && !allowsRedrive(target.documents.RedriveAllowPolicy, arn)) {
      problems.push(`queue ${name}: the redrive allow policy of ${target.name} does not allow it`);
    }
  }
  for (const type of policyTypes) {
    for (const { name, inputs } of graph.ofType(type)) {
      if (!resources.some((queue) => queue.outputs.url === inputs.queueUrl)) {
        problems.push(`${type} ${name}: there is no queue ${inputs.queueUrl} in the program`);
      }
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return queues;
}

const policyTypes = [
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:sqs/redrivePolicy:RedrivePolicy",
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
];

function readQueue({ inputs, outputs }: Resource, graph: Graph): QueueSettings {
  const { name, arn, url } = outputs;
  if (inputs.fifoQueue || String(name).endsWith(".fifo")) {
    throw new Error("`fifoQueue` is not supported by the local run: it has standard queues only");
  }
  const unknown = Object.keys(inputs).find(
    (key) => inputs[key] !== undefined && !key.startsWith("__") && !knownInputs.has(key),
  );
  if (unknown) throw new Error(`\`${unknown}\` is not supported by the local run`);
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new Error(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  const seconds = (input: string, otherwise: number, from: number, to: number): number => {
    const value: unknown = inputs[input] ?? otherwise;
    if (!Number.isInteger(value) || Number(value) < from || Number(value) > to) {
      throw new Error(`\`${input}\` must be a whole number from ${from} to ${to}`);
    }
    return Number(value);
  };
  const document = (type: string, field: string): string | undefined => {
    const separate = graph.ofType(type).find((policy) => policy.inputs.queueUrl === url);
    const value: unknown = separate?.inputs[field] ?? inputs[field];
    if (value === undefined || value === "") return undefined;
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const [policyType, redriveType, allowType] = policyTypes as [string, string, string];
  const documents = {
    Policy: document(policyType, "policy"),
    RedrivePolicy: document(redriveType, "redrivePolicy"),
    RedriveAllowPolicy: document(allowType, "redriveAllowPolicy"),
  };
  return {
    name,
    arn,
    url,
    visibilityTimeoutSeconds: seconds("visibilityTimeoutSeconds", 30, 0, 43_200),
    retentionSeconds: seconds("messageRetentionSeconds", 345_600, 60, 1_209_600),
    delaySeconds: seconds("delaySeconds", 0, 0, 900),
    // The provider's default, which it sends; that of AWS itself is 1 MiB.
    maxMessageBytes: seconds("maxMessageSize", 262_144, 1024, 1_048_576),
    receiveWaitSeconds: seconds("receiveWaitTimeSeconds", 0, 0, 20),
    isEncrypted: inputs.sqsManagedSseEnabled ?? true,
    redrive: readRedrive(documents.RedrivePolicy),
    documents,
    denies: denials(documents.Policy, `policy of queue ${name}`),
  };
}

function readRedrive(document: string | undefined): QueueSettings["redrive"] {
  if (document === undefined) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(document);
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== "string" || !(count >= 1 && count <= 1000)) {
    throw new Error(
      "a redrive policy needs deadLetterTargetArn, and maxReceiveCount from 1 to 1000",
    );
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

function allowsRedrive(document: string | undefined, source: string): boolean {
  const { redrivePermission = "allowAll", sourceQueueArns = [] } = JSON.parse(document ?? "{}");
  return (
    redrivePermission === "allowAll" ||
    (redrivePermission === "byQueue" && sourceQueueArns.includes(source))
  );
}
