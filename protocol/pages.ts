import * as v from "valibot";
import { MAX_HISTORY_LIMIT } from "./limits";

const OFFSET_RULE = "write a whole number from 0";
const HISTORY_LIMIT_RULE = `write a whole number from 1 to ${MAX_HISTORY_LIMIT}`;
const POSITION_RULE = "write the last epoch and offset that you had, as the service gave them";

/** The number of a message in its channel's log; 0 is before the first. */
export const offsetSchema = v.pipe(
  v.number(OFFSET_RULE),
  v.safeInteger(OFFSET_RULE),
  v.minValue(0, OFFSET_RULE),
);

/** How many messages a page of history holds at most. */
export const historyLimitSchema = v.pipe(
  v.number(HISTORY_LIMIT_RULE),
  v.integer(HISTORY_LIMIT_RULE),
  v.minValue(1, HISTORY_LIMIT_RULE),
  v.maxValue(MAX_HISTORY_LIMIT, HISTORY_LIMIT_RULE),
);

export const ONE_WAY_RULE = "write after or before, not both";

/** Whether a page is asked for in one direction only. */
export function isOneWay({ after, before }: { after?: unknown; before?: unknown }): boolean {
  return after === undefined || before === undefined;
}

/** Where a client is in a channel's log: the last message that it has. */
export interface Position {
  epoch: string;
  offset: number;
}

/** A position as the service writes it; an empty log has its own kind of epoch, and offset 0. */
export const positionSchema = v.custom<Position>((value) => {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  const { epoch, offset } = value as Partial<Position>;
  if (typeof epoch !== "string" || !v.is(offsetSchema, offset)) return false;
  if (epoch.startsWith("empty-")) return /^empty-\d{1,15}$/.test(epoch) && offset === 0;
  return /^[0-9a-z]{1,16}-[0-9a-f]{1,16}$/.test(epoch);
}, POSITION_RULE);
