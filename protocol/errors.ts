/** Every code that an error frame may carry, with what it tells the client. The documentation lists the same table. */
export const ERROR_CODES = {
  "invalid-frame": "The frame is not what its action asks for; the message names the field.",
  "unknown-action": "No route of this service answers the frame's action.",
  "unknown-channel": "There is no channel of that name; `user:<name>` is one.",
  "too-large": "The answer or the message to be delivered would exceed 128 KB.",
  "session-expired": "The credential of this connection has expired; connect with a fresh one.",
  unavailable: "The service could not do it now; send the frame again with the same id.",
} as const;

/** A code of an error frame. */
export type ErrorCode = keyof typeof ERROR_CODES;
