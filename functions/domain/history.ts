import { MAX_PAGE_BYTES } from "../../protocol/limits";
import { ChannelError } from "./channelError";
import type { Channel } from "./channels";
import type { MessageLog, Page, PageQuery } from "./messageLog";

/** A page of a channel's stored messages. @throws ChannelError if it stores none */
export async function history(
  messages: MessageLog,
  { name, history: retention }: Channel,
  { after, before, limit }: Omit<PageQuery, "maxBytes">,
): Promise<Page> {
  if (!retention) throw new ChannelError("no-history", "channel: it keeps no history");
  return messages.read(name, retention, { after, before, limit, maxBytes: MAX_PAGE_BYTES });
}
