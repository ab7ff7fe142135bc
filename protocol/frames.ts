import * as v from "valibot";
import { ERROR_CODES, type ErrorCode } from "./errors";
import { channelSchema, idSchema, usernameSchema } from "./names";
import { historyLimitSchema, isOneWay, offsetSchema, ONE_WAY_RULE, positionSchema } from "./pages";

/** Any JSON value. JSON.parse has already seen to that, so the schema only asks that it is there. */
const bodySchema = v.unknown();

/** The fields by which API Gateway selects a route: `action`, or `type` where the stack says so. */
const routeFields = {
  action: v.optional(v.string("write the action's name as a string")),
  type: v.optional(v.string("write the action's name as a string")),
};

/** `ping`, answered with `pong` by API Gateway itself. */
export const pingSchema = v.strictObject({ ...routeFields });

/** `info`, answered with the connection's data by API Gateway itself. */
export const infoSchema = v.strictObject({ ...routeFields });

/** `echo`, answered with the same body. */
export const echoSchema = v.strictObject({
  ...routeFields,
  id: v.optional(idSchema),
  body: bodySchema,
});

const RETRY_RULE = "write true for a message that is sent again";

/** Fields of a message that is published, over whichever interface. */
export const publishFields = {
  id: v.optional(idSchema),
  channel: channelSchema,
  body: bodySchema,
  retry: v.optional(v.boolean(RETRY_RULE)),
};

/** A resend is found again by its id. */
export function hasIdToRetry({ id, retry }: { id?: string; retry?: boolean }): boolean {
  return !retry || id !== undefined;
}

export const RETRY_ID_RULE = "missing: write the id of the message that is sent again";

/** `send`: a message to a channel, or to a user. */
export const sendSchema = v.pipe(
  v.strictObject({ ...routeFields, ...publishFields }),
  v.forward(
    v.check((message) => hasIdToRetry(message), RETRY_ID_RULE),
    ["id"],
  ),
);

const channelFields = { ...routeFields, id: v.optional(idSchema), channel: channelSchema };

/** `subscribe`: asks for a channel's messages, and for what was missed since a position. */
export const subscribeSchema = v.strictObject({
  ...channelFields,
  position: v.optional(positionSchema),
});

/** `unsubscribe`: ends that. */
export const unsubscribeSchema = v.strictObject(channelFields);

/** `history`: a page of a channel's stored messages, after an offset, before one, or the newest. */
export const historySchema = v.pipe(
  v.strictObject({
    ...channelFields,
    after: v.optional(offsetSchema),
    before: v.optional(offsetSchema),
    limit: v.optional(historyLimitSchema),
  }),
  v.forward(
    v.check((page) => isOneWay(page), ONE_WAY_RULE),
    ["before"],
  ),
);

/** `presence`: a page of the users who are subscribed to a channel. */
export const presenceSchema = v.strictObject({
  ...channelFields,
  after: v.optional(usernameSchema),
});

/** The actions that a client may name. */
export const ACTIONS = [
  "ping",
  "info",
  "echo",
  "send",
  "subscribe",
  "unsubscribe",
  "history",
  "presence",
] as const;

export type EchoFrame = v.InferOutput<typeof echoSchema>;
export type SendFrame = v.InferOutput<typeof sendSchema>;
export type SubscribeFrame = v.InferOutput<typeof subscribeSchema>;
export type UnsubscribeFrame = v.InferOutput<typeof unsubscribeSchema>;
export type HistoryFrame = v.InferOutput<typeof historySchema>;
export type PresenceFrame = v.InferOutput<typeof presenceSchema>;

/** The answer to `ping`. */
export const pongFrameSchema = v.object({ type: v.literal("pong") });

/** The answer to `info`; `connectedAt` in epoch milliseconds. */
export const infoFrameSchema = v.object({
  type: v.literal("info"),
  connectionId: v.string(),
  domainName: v.string(),
  stage: v.string(),
  connectedAt: v.number(),
});

/** The answer to `echo`. */
export const echoedFrameSchema = v.object({
  type: v.literal("echo"),
  id: v.optional(idSchema),
  body: bodySchema,
});

/** Where a message is in the log of its channel; without them it is not stored. */
const placeFields = { epoch: v.optional(v.string()), offset: v.optional(v.number()) };

/**
 * The answer to `send`. A message to a user is told by its place in the sender's own inbox: `channel` is that
 * inbox, `to` the recipient's.
 */
export const ackFrameSchema = v.strictObject({
  type: v.literal("ack"),
  id: idSchema,
  channel: channelSchema,
  to: v.optional(channelSchema),
  ...placeFields,
});

/**
 * A message as its recipients get it. `sentAt` is ISO 8601, UTC. `to` is there in the sender's own inbox, with the
 * recipient's.
 */
export const messageFrameSchema = v.strictObject({
  type: v.literal("message"),
  channel: channelSchema,
  to: v.optional(channelSchema),
  ...placeFields,
  id: idSchema,
  from: v.string(),
  sentAt: v.string(),
  body: bodySchema,
});

/** The answer to `subscribe`. `recovered` answers a position: whether `messages`, with what follows, is all that was missed. */
export const subscribedFrameSchema = v.strictObject({
  type: v.literal("subscribed"),
  id: v.optional(idSchema),
  channel: channelSchema,
  ...placeFields,
  recovered: v.optional(v.boolean()),
  messages: v.array(messageFrameSchema),
  more: v.optional(v.literal(true)),
});

/** The answer to `unsubscribe`. */
export const unsubscribedFrameSchema = v.strictObject({
  type: v.literal("unsubscribed"),
  id: v.optional(idSchema),
  channel: channelSchema,
});

/** The answer to `history`; `offset` is that of the newest message, `more` is of the direction asked for. */
export const historyFrameSchema = v.strictObject({
  type: v.literal("history"),
  id: v.optional(idSchema),
  channel: channelSchema,
  epoch: v.string(),
  offset: v.number(),
  messages: v.array(messageFrameSchema),
  more: v.boolean(),
});

/** The answer to `presence`; `next` is there when more follow. */
export const presentFrameSchema = v.strictObject({
  type: v.literal("presence"),
  id: v.optional(idSchema),
  channel: channelSchema,
  users: v.array(v.string()),
  next: v.optional(v.string()),
});

/** A user came or went, unasked for. `at` is ISO 8601, UTC. */
export const presenceEventSchema = v.strictObject({
  type: v.literal("presence"),
  channel: channelSchema,
  event: v.picklist(["join", "leave"]),
  user: v.string(),
  at: v.string(),
});

/** What went wrong with a frame; `id` is that frame's, when it had one that can be given back. */
export const errorFrameSchema = v.object({
  type: v.literal("error"),
  code: v.picklist(Object.keys(ERROR_CODES) as ErrorCode[]),
  id: v.optional(idSchema),
  message: v.string(),
});

/** Every frame that the service's own code or templates send. */
export const serverFrameSchema = v.variant("type", [
  pongFrameSchema,
  infoFrameSchema,
  echoedFrameSchema,
  ackFrameSchema,
  messageFrameSchema,
  subscribedFrameSchema,
  unsubscribedFrameSchema,
  historyFrameSchema,
  presentFrameSchema,
  presenceEventSchema,
  errorFrameSchema,
]);

export type PongFrame = v.InferOutput<typeof pongFrameSchema>;
export type InfoFrame = v.InferOutput<typeof infoFrameSchema>;
export type EchoedFrame = v.InferOutput<typeof echoedFrameSchema>;
export type AckFrame = v.InferOutput<typeof ackFrameSchema>;
export type MessageFrame = v.InferOutput<typeof messageFrameSchema>;
export type SubscribedFrame = v.InferOutput<typeof subscribedFrameSchema>;
export type UnsubscribedFrame = v.InferOutput<typeof unsubscribedFrameSchema>;
export type HistoryPageFrame = v.InferOutput<typeof historyFrameSchema>;
export type PresentFrame = v.InferOutput<typeof presentFrameSchema>;
export type PresenceEvent = v.InferOutput<typeof presenceEventSchema>;
export type ErrorFrame = v.InferOutput<typeof errorFrameSchema>;
export type ServerFrame = v.InferOutput<typeof serverFrameSchema>;
