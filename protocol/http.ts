import * as v from "valibot";
import {
  hasIdToRetry,
  publishFields,
  RETRY_ID_RULE,
  type AckFrame,
  type HistoryPageFrame,
  type PresentFrame,
} from "./frames";
import { sessionKeySchema, usernameSchema } from "./names";
import { historyLimitSchema, isOneWay, offsetSchema, ONE_WAY_RULE } from "./pages";

/** Most sessions on one page of `GET /http/sessions`. */
export const MAX_PAGE_SIZE = 100;

const LIMIT_RULE = `write a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** Body of `POST /http/messages`. */
export const postMessageSchema = v.pipe(
  v.strictObject(publishFields),
  v.forward(
    v.check((message) => hasIdToRetry(message), RETRY_ID_RULE),
    ["id"],
  ),
);

/** A number as a query parameter. */
const digits = v.pipe(
  v.string(),
  v.regex(/^\d{1,16}$/, "write a whole number"),
  v.transform(Number),
);

/** Query of `GET /http/channels/{channel}/messages`. */
export const listMessagesSchema = v.pipe(
  v.strictObject({
    after: v.optional(v.pipe(digits, offsetSchema)),
    before: v.optional(v.pipe(digits, offsetSchema)),
    limit: v.optional(v.pipe(digits, historyLimitSchema)),
  }),
  v.forward(
    v.check((page) => isOneWay(page), ONE_WAY_RULE),
    ["before"],
  ),
);

/** Query of `GET /http/channels/{channel}/presence`; `after` is `next` of the page before. */
export const listPresentSchema = v.strictObject({ after: v.optional(usernameSchema) });

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

/** Answer to `GET /http/channels/{channel}/messages`. */
export type MessageList = Omit<HistoryPageFrame, "type" | "id">;

/** Answer to `GET /http/channels/{channel}/presence`. */
export type PresentList = Omit<PresentFrame, "type" | "id">;

/** A problem document (RFC 9457) as this API writes it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The fields of the request that are wrong. */
  errors?: { field: string; detail: string }[];
}
