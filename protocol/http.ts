import * as v from "valibot";
import type { AckFrame } from "./frames";
import { channelSchema, idSchema, sessionKeySchema } from "./names";

/** Most sessions on one page of `GET /http/sessions`. */
export const MAX_PAGE_SIZE = 100;

const LIMIT_RULE = `write a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** Body of `POST /http/messages`. */
export const postMessageSchema = v.strictObject({
  id: v.optional(idSchema),
  channel: channelSchema,
  body: v.unknown(),
});

/** Query of `GET /http/sessions`. */
export const listSessionsSchema = v.strictObject({
  /** Most sessions on the page. */
  limit: v.optional(
    v.pipe(
      v.string(LIMIT_RULE),
      v.regex(/^\d{1,3}$/, LIMIT_RULE),
      v.transform(Number),
      v.minValue(1, LIMIT_RULE),
      v.maxValue(MAX_PAGE_SIZE, LIMIT_RULE),
    ),
    String(MAX_PAGE_SIZE),
  ),
  /** `next` of the page before. */
  after: v.optional(sessionKeySchema),
});

/** Answer to `GET /http/me`. */
export interface Me {
  username: string;
  groups: string[];
  tokenUse: string;
  /** When the token expires, epoch milliseconds. */
  expiresAt: number;
}

/** One live session in the answer to `GET /http/sessions`. */
export interface SessionView {
  sessionKey: string;
  connectionId: string;
  /** Epoch milliseconds. */
  connectedAt: number;
  /** Epoch milliseconds. */
  expiresAt: number;
  subprotocol?: string;
  sourceIp?: string;
  userAgent?: string;
}

/** Answer to `GET /http/sessions`; `next` is there when more follow. */
export interface SessionList {
  sessions: SessionView[];
  next?: string;
}

/** Answer to `DELETE /http/sessions`. */
export interface SessionsClosed {
  closed: number;
}

/** Answer to `POST /http/messages`. */
export type MessageSent = Omit<AckFrame, "type">;

/** A problem document (RFC 9457) as this API writes it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The fields of the request that are wrong. */
  errors?: { field: string; detail: string }[];
}
