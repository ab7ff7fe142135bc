/** The subprotocol that this service speaks; `$connect` answers it to a client that offers it. */
export const SUBPROTOCOL = "switchboard.v1";

/** Prefix of the subprotocol entry that carries a token, for browsers, which can set no headers. */
export const BEARER_SUBPROTOCOL_PREFIX = "bearer.";

/** API Gateway's limit of one WebSocket message, in bytes, in both directions. */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** Longest `message` frame, in bytes: a page of history still fits into one WebSocket message around it. */
export const MAX_DELIVERED_BYTES = 127 * 1024;

/** Most bytes of the messages on one page, in JSON, unless a single one has more: under the frame limit, 32 KB. */
export const MAX_PAGE_BYTES = 30 * 1024;

/** Most messages on one page of history. */
export const MAX_HISTORY_LIMIT = 200;

/** Most users on one page of presence: so many of the longest names, 384 bytes, stay under the frame limit. */
export const MAX_PRESENCE_USERS = 80;

/** Most channels that one connection subscribes to. */
export const MAX_SUBSCRIPTIONS = 100;

/** Most levels of objects and lists in a frame or an HTTP body, its own included. */
export const MAX_DEPTH = 100;

/** Longest message id, in characters. */
export const MAX_ID_LENGTH = 64;

/** Longest user name that a Cognito user pool accepts, in characters. */
export const MAX_USERNAME_LENGTH = 128;

/** A session key, the query parameter `session` by which a client keeps its session over reconnects. */
export const SESSION_KEY_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** API Gateway ends every WebSocket connection after this many seconds (two hours). */
export const MAX_CONNECTION_SECONDS = 2 * 60 * 60;
