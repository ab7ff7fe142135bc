import * as v from "valibot";
import { ACTIONS } from "../protocol/frames";
import { idSchema } from "../protocol/names";
import { errorFrame, invalidFrame, parseJson } from "../protocol/parse";
import { frameText, reply } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export type DefaultSettings = Record<string, never>;

const ACTION_RULE = `write one of the actions ${ACTIONS.join(", ")}`;

/** What can be read of a frame that no route answers. */
const unroutedSchema = v.pipe(
  v.object({
    action: v.optional(v.string(ACTION_RULE)),
    type: v.optional(v.string(ACTION_RULE)),
    id: v.optional(idSchema),
  }),
  v.forward(
    v.check((frame) => (frame.action ?? frame.type) !== undefined, `missing: ${ACTION_RULE}`),
    ["action"],
  ),
);

/** Longest action name repeated in an answer, in characters. */
const MAX_ACTION_LENGTH = 64;

/** `$default`: the answer to frames that no other route takes. */
export function createHandler(_settings: DefaultSettings) {
  return async (event: WebSocketEvent): Promise<WebSocketResult> => {
    const parsed = parseJson(unroutedSchema, frameText(event));
    if (!parsed.ok) return reply(invalidFrame(parsed.errors, parsed.id));
    const { action, type, id } = parsed.value;
    const name = (action ?? type ?? "").slice(0, MAX_ACTION_LENGTH);
    return reply(errorFrame("unknown-action", `no route answers "${name}": ${ACTION_RULE}`, id));
  };
}
