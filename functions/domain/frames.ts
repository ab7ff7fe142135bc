import type { MessageFrame } from "../../protocol/frames";
import type { StoredMessage } from "./messageLog";

/** A message on its way: with its place in the log, unless it is not stored. */
export type Message = Omit<StoredMessage, "epoch" | "offset" | "expires"> &
  Partial<Pick<StoredMessage, "epoch" | "offset">>;

/** The frame in which recipients get a message. */
export function messageFrame({ channel, to, epoch, offset, id, from, sentAt, body }: Message) {
  const at = new Date(sentAt).toISOString();
  return {
    type: "message",
    channel,
    ...(to !== undefined && { to }),
    ...(epoch !== undefined && { epoch, offset }),
    id,
    from,
    sentAt: at,
    body,
  } satisfies MessageFrame;
}
