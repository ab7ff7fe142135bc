import { sendSchema } from "../protocol/frames";
import type { Namespace } from "../protocol/namespaces";
import { createBackend } from "./domain/createBackend";
import type { Retention } from "./domain/messageLog";
import { publish } from "./domain/messages";
import { channelRoute } from "./lambda/channelRoute";

export interface SendSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  messagesTable: string;
  connectionsEndpoint: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
  inbox: Retention;
}

/** `send`: a message to a channel or a user, acknowledged by the route's response once it is stored and delivered. */
export function createHandler(settings: SendSettings) {
  const backend = createBackend(settings);

  return channelRoute(sendSchema, async ({ frame, caller, deadline, log }) => {
    const published = await publish(backend, { ...caller, deadline }, frame, log);
    return { type: "ack", ...published };
  });
}
