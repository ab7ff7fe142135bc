import type { Context } from "aws-lambda";
import type * as v from "valibot";
import type { ServerFrame } from "../../protocol/frames";
import { errorFrame, invalidFrame, parseJson, type ObjectSchema } from "../../protocol/parse";
import { ChannelError } from "../domain/channelError";
import { createLog, errorFields, type Log } from "../domain/log";
import { deadlineOf } from "./deadline";
import { callerOf, frameText, reply, type Caller } from "./webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./webSocketEvent";

/** A well-formed frame of a client whose credential is still good. */
export interface ChannelCall<Frame> {
  frame: Frame;
  /** The connection with the session that it is of. */
  caller: Caller & { connectionId: string };
  /** Until when connections may be called, epoch milliseconds. */
  deadline: number;
  log: Log;
}

/** A two-way route about a channel: reads the frame, and answers with a frame whatever happens. */
export function channelRoute<S extends ObjectSchema>(
  schema: S,
  answer: (call: ChannelCall<v.InferOutput<S>>) => Promise<ServerFrame>,
) {
  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const { connectionId, routeKey } = event.requestContext;
    const log = createLog({ connectionId, requestId: context.awsRequestId });
    const parsed = parseJson(schema, frameText(event));
    if (!parsed.ok) return reply(invalidFrame(parsed.errors, parsed.id));
    const frame = parsed.value;
    const { id } = frame as { id?: string };
    const caller = callerOf(event);
    if (!caller || !(caller.expires * 1000 > Date.now())) {
      return reply(errorFrame("session-expired", "connect again with a fresh token", id));
    }
    try {
      const deadline = deadlineOf(context);
      return reply(await answer({ frame, caller: { ...caller, connectionId }, deadline, log }));
    } catch (error) {
      if (error instanceof ChannelError) return reply(errorFrame(error.code, error.message, id));
      // Told as a frame rather than thrown: API Gateway's own error would not carry the frame's id.
      log.error("the frame failed", { id, routeKey, ...errorFields(error) });
      return reply(errorFrame("unavailable", "not done, or not all of it: send it again", id));
    }
  };
}
