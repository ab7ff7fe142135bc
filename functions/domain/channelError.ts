import type { ErrorCode } from "../../protocol/errors";

/** What cannot be done with a channel, with the code that the client is told. Nothing has been stored. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
