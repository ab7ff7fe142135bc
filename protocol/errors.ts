/** Every code that an error frame may carry, with what it tells the client. The documentation lists the same table. */
export const ERROR_CODES = {
  "invalid-frame": "The frame is not what its action asks for; the message names the field.",
  "unknown-action": "No route of this service answers the frame's action.",
  "unknown-channel": "This service has no namespace of that name; `user` is one.",
  forbidden: "You may not do this with this channel.",
  "too-large": "The answer or the message to be delivered would exceed its limit.",
  "invalid-position": "The position is none that this service gave.",
  "id-reused": "You have sent another message with this id; take a new one.",
  "no-history": "The channels of this namespace keep no history.",
  "no-presence": "The channels of this namespace do not show who is there.",
  "too-many-subscriptions": "This connection is subscribed to 100 channels already.",
  "session-expired": "The credential of this connection has expired; connect with a fresh one.",
  unavailable: "The service could not do it now; send the frame again with the same id.",
} as const;

/** A code of an error frame. */
export type ErrorCode = keyof typeof ERROR_CODES;
