import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Namespace } from "../protocol/namespaces";
import type { Delivering } from "./domain/backend";
import { createChannels } from "./domain/channels";
import { createConnections } from "./domain/connections";
import { createDynamoClient } from "./domain/dynamoClient";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { workOff } from "./domain/fanout";
import { createFanoutQueue, parseJob } from "./domain/fanoutQueue";
import { createLog, errorFields } from "./domain/log";
import { workTimes } from "./lambda/deadline";

export interface DeliverSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  connectionsEndpoint: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
}

/** Posts frames to ranges of large channels' subscribers. A job that fails comes again; the others do not. */
export function createHandler(settings: DeliverSettings) {
  const client = createDynamoClient();
  const backend: Delivering = {
    sessions: createDynamoSessions(settings.connectionsTable, client),
    connections: createConnections(settings.connectionsEndpoint),
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };

  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const times = workTimes(context);
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    for (const { messageId, body } of event.Records) {
      const log = createLog({ messageId, requestId: context.awsRequestId });
      try {
        await workOff(backend, parseJob(body), times, log);
      } catch (error) {
        log.error("a job failed", errorFields(error));
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}
