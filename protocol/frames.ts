import * as v from "valibot";
import { ERROR_CODES, type ErrorCode } from "./errors";
import { channelSchema, idSchema } from "./names";

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

/** `send`: a message to every live session of a user. */
export const sendSchema = v.strictObject({
  ...routeFields,
  id: v.optional(idSchema),
  channel: channelSchema,
  body: bodySchema,
});

/** The actions that a client may name. */
export const ACTIONS = ["ping", "info", "echo", "send"] as const;

export type EchoFrame = v.InferOutput<typeof echoSchema>;
export type SendFrame = v.InferOutput<typeof sendSchema>;

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

/** The answer to `send`. `failed` counts the live sessions that could not be reached, if any. */
export const ackFrameSchema = v.object({
  type: v.literal("ack"),
  id: idSchema,
  channel: channelSchema,
  delivered: v.number(),
  failed: v.optional(v.number()),
});

/** A message as its recipients get it. `sentAt` is ISO 8601, UTC. */
export const messageFrameSchema = v.object({
  type: v.literal("message"),
  channel: channelSchema,
  id: idSchema,
  from: v.string(),
  sentAt: v.string(),
  body: bodySchema,
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
  errorFrameSchema,
]);

export type PongFrame = v.InferOutput<typeof pongFrameSchema>;
export type InfoFrame = v.InferOutput<typeof infoFrameSchema>;
export type EchoedFrame = v.InferOutput<typeof echoedFrameSchema>;
export type AckFrame = v.InferOutput<typeof ackFrameSchema>;
export type MessageFrame = v.InferOutput<typeof messageFrameSchema>;
export type ErrorFrame = v.InferOutput<typeof errorFrameSchema>;
export type ServerFrame = v.InferOutput<typeof serverFrameSchema>;
