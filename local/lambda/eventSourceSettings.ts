import type { Graph, Resource } from "../graph";
import type { Iam } from "../iam";
import type { Sqs } from "../sqs";
import type { Queue } from "../sqs/queue";

/** An event source mapping of the graph from a queue to a function. */
export interface EventSourceSettings {
  name: string;
  queue: Queue;
  functionName: string;
  /** Messages of an event at most. */
  batchSize: number;
  /** How long to gather them, from the first one on. */
  windowSeconds: number;
  /** Events at a time. */
  concurrency: number;
  /** Whether the function's result tells which messages have failed. */
  reportsFailures: boolean;
}

/** Inputs that mean something here, or nothing to what a mapping does. */
const knownInputs = new Set([
  "batchSize",
  "enabled",
  "eventSourceArn",
  "functionName",
  "functionResponseTypes",
  "maximumBatchingWindowInSeconds",
  "metricsConfig",
  "region",
  "scalingConfig",
  "tags",
  "tagsAll",
]);

/** Events at a time that Lambda begins with if the mapping sets no maximum. It would go on to more by and by. */
const defaultConcurrency = 5;

/**
 * The graph's event source mappings that are enabled.
 * @throws Error naming all mappings that AWS would refuse, or that cannot be run here.
 */
export function readEventSources(graph: Graph, iam: Iam, sqs: Sqs): EventSourceSettings[] {
  const problems: string[] = [];
  const mappings = graph.ofType("aws:lambda/eventSourceMapping:EventSourceMapping");
  const settings = mappings.flatMap((mapping) => {
    try {
      const read = readEventSource(mapping, graph, iam, sqs);
      return mapping.inputs.enabled === false ? [] : [read];
    } catch (error) {
      problems.push(`event source mapping ${mapping.name}: ${(error as Error).message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return settings;
}

function readEventSource(
  { name, inputs }: Resource,
  graph: Graph,
  iam: Iam,
  sqs: Sqs,
): EventSourceSettings {
  const unknown = Object.keys(inputs).find(
    (key) => inputs[key] !== undefined && !key.startsWith("__") && !knownInputs.has(key),
  );
  if (unknown) throw new Error(`\`${unknown}\` is not supported by the local run`);
  const arn = String(inputs.eventSourceArn);
  if (!arn.startsWith("arn:aws:sqs:")) {
    throw new Error(`the local run has queues as event sources only, not ${arn}`);
  }
  const queue = sqs.queue(arn);
  if (!queue) throw new Error(`there is no queue ${arn} in the program`);
  const fn = functionOf(graph, String(inputs.functionName));
  if (!fn) throw new Error(`Function not found: ${inputs.functionName}`);
  checkRole(iam, fn, arn);

  const timeout: number = fn.inputs.timeout ?? 3;
  const { visibilityTimeoutSeconds } = queue.settings;
  if (visibilityTimeoutSeconds < timeout) {
    throw new Error(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${timeout} seconds`,
    );
  }
  const within = (value: unknown, from: number, to: number, input: string): number => {
    if (Number.isInteger(value) && Number(value) >= from && Number(value) <= to)
      return Number(value);
    throw new Error(`\`${input}\` must be a whole number from ${from} to ${to}`);
  };
  const batchSize = within(inputs.batchSize ?? 10, 1, 10_000, "batchSize");
  const windowSeconds = within(
    inputs.maximumBatchingWindowInSeconds ?? 0,
    0,
    300,
    "maximumBatchingWindowInSeconds",
  );
  if (batchSize > 10 && windowSeconds === 0) {
    throw new Error(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  const responseTypes: string[] = inputs.functionResponseTypes ?? [];
  const unknownType = responseTypes.find((type) => type !== "ReportBatchItemFailures");
  if (unknownType) throw new Error(`${unknownType} is no function response type`);
  const maximum: unknown = inputs.scalingConfig?.maximumConcurrency;
  return {
    name,
    queue,
    functionName: inputs.functionName,
    batchSize,
    windowSeconds,
    concurrency:
      maximum === undefined
        ? defaultConcurrency
        : within(maximum, 2, 1000, "scalingConfig.maximumConcurrency"),
    reportsFailures: responseTypes.length > 0,
  };
}

/** The function of a name or an ARN, which may end in a qualifier. */
function functionOf(graph: Graph, nameOrArn: string): Resource | undefined {
  const name = nameOrArn.replace(/^arn:.*:function:/, "").split(":", 1)[0];
  return graph.ofType("aws:lambda/function:Function").find(({ outputs }) => outputs.name === name);
}

/** Lambda reads the queue with the rights of the function's role. */
function checkRole(iam: Iam, fn: Resource, queueArn: string): void {
  const { accessKeyId } = iam.credentialsFor(fn.inputs.role, fn.outputs.name);
  for (const action of ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]) {
    try {
      iam.authorize(accessKeyId, `sqs:${action}`, queueArn);
    } catch (error) {
      throw new Error(
        `The function execution role does not have permissions to call ${action} on SQS ` +
          `(function ${fn.outputs.name}: ${(error as Error).message})`,
        { cause: error },
      );
    }
  }
}
