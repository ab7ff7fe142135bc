import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config";

export interface Fanout {
  /** Takes what one function does not deliver by itself: ranges of a channel's subscribers. */
  queue: aws.sqs.Queue;
  /** Takes what failed for good. */
  deadLetters: aws.sqs.Queue;
}

/** Seconds that a delivery may wait: later, the recipients have long asked for what they missed. */
const queueRetention = 3600;

/** Seconds that what failed for good is kept to be looked at: the longest that SQS takes, 14 days. */
const deadLetterRetention = 1_209_600;

/** How often a range is tried before it is given up. */
const maxReceiveCount = 5;

/** The queue between functions that publish and the workers that deliver to large channels. */
export function createFanout(config: StackConfig): Fanout {
  const name = `${config.application}-${config.environment}`;
  const deadLetters = new aws.sqs.Queue("fanout-dead-letters", {
    name: `${name}-fanout-dead-letters`,
    sqsManagedSseEnabled: true,
    messageRetentionSeconds: deadLetterRetention,
  });
  const queue = new aws.sqs.Queue("fanout", {
    name: `${name}-fanout`,
    sqsManagedSseEnabled: true,
    messageRetentionSeconds: queueRetention,
    // A message of 128 KB can be twice as long when it stands in a job; this is the most that SQS takes.
    maxMessageSize: 1_048_576,
    // Six times the function's timeout, as Lambda's documentation asks: a worker that is throttled is tried again first.
    visibilityTimeoutSeconds: 6 * config.functions.timeoutSeconds,
    redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
  });
  new aws.sqs.RedriveAllowPolicy("fanout-dead-letters", {
    queueUrl: deadLetters.url,
    redriveAllowPolicy: pulumi.jsonStringify({
      redrivePermission: "byQueue",
      sourceQueueArns: [queue.arn],
    }),
  });
  // An emulator is reached over plain HTTP, by the engine as well.
  if (!config.executeApiEndpoint?.startsWith("http:")) {
    refusePlainHttp("fanout", queue);
    refusePlainHttp("fanout-dead-letters", deadLetters);
  }
  return { queue, deadLetters };
}

/** Has a function work on what is in the queue. */
export function createWorker(
  config: StackConfig,
  { queue }: Fanout,
  worker: aws.lambda.Function,
): aws.lambda.EventSourceMapping {
  return new aws.lambda.EventSourceMapping("fanout", {
    eventSourceArn: queue.arn,
    functionName: worker.arn,
    // One range is a function's work; more at a time would only make them wait for one another.
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
    // Keeps the posts of all workers under the account's quota, 10,000 a second.
    scalingConfig: { maximumConcurrency: config.fanoutMaximumConcurrency },
  });
}

function refusePlainHttp(name: string, queue: aws.sqs.Queue): void {
  new aws.sqs.QueuePolicy(name, {
    queueUrl: queue.url,
    policy: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "OnlyOverTls",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: queue.arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    },
  });
}
