import * as v from "valibot";
import type { ErrorCode } from "./errors";
import type { ErrorFrame } from "./frames";
import { MAX_DEPTH } from "./limits";
import { idSchema } from "./names";

/** What is wrong with one field, in words that say what to write instead. */
export interface FieldError {
  /** Path of the field, such as `channel`; empty for the frame as a whole. */
  field: string;
  message: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; errors: FieldError[]; id?: string };

/** A schema of an object whose fields may carry the message that says what to write. */
export type ObjectSchema = v.GenericSchema & { entries: v.ObjectEntries };

/** Parses JSON text by a schema; no text stands for a binary frame. Every wrong field is named, and the id is given back where there is one. */
export function parseJson<S extends ObjectSchema>(
  schema: S,
  text: string | undefined,
): Parsed<v.InferOutput<S>> {
  if (text === undefined) {
    return { ok: false, errors: [{ field: "", message: "binary: write one JSON object as text" }] };
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { ok: false, errors: [{ field: "", message: "not JSON: write one JSON object" }] };
  }
  return parseValue(schema, data);
}

/** Parses a value that is to be an object, as `parseJson` does. */
export function parseValue<S extends ObjectSchema>(
  schema: S,
  data: unknown,
): Parsed<v.InferOutput<S>> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return { ok: false, errors: [{ field: "", message: "write one JSON object" }] };
  }
  if (!isWithinDepth(data, MAX_DEPTH)) {
    const message = `nested too deep: write at most ${MAX_DEPTH} levels`;
    return { ok: false, errors: [{ field: "", message }], id: idOf(data) };
  }
  const result = v.safeParse(schema, data);
  if (result.success) return { ok: true, value: result.output };
  const errors = result.issues.slice(0, MAX_ERRORS).map((issue) => fieldError(issue, schema));
  return { ok: false, errors, id: idOf(data) };
}

/** Makes an error frame. */
export function errorFrame(code: ErrorCode, message: string, id?: string): ErrorFrame {
  return { type: "error", code, ...(id === undefined ? {} : { id }), message };
}

/** The error frame that says which fields of a frame are wrong. A position is the service's own word: it has a code of its own. */
export function invalidFrame(errors: FieldError[], id?: string): ErrorFrame {
  const message = errors.map((e) => (e.field ? `${e.field}: ${e.message}` : e.message)).join("; ");
  const isPosition = errors.every(({ field }) => field === "position");
  return errorFrame(isPosition ? "invalid-position" : "invalid-frame", message, id);
}

/** The id of a frame, if it is one that an answer can repeat. */
function idOf(data: object): string | undefined {
  const id = (data as { id?: unknown }).id;
  return v.is(idSchema, id) ? id : undefined;
}

/** Whether a JSON value has no more than that many levels. JSON.stringify fails on a few thousand. */
function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithinDepth(inner, levels - 1));
}

/** Longest field name repeated in an answer, in characters: the name may be the client's own. */
const MAX_FIELD_LENGTH = 64;

/** Most errors told at once, so that a frame full of unknown fields gets a short answer. */
const MAX_ERRORS = 5;

function fieldError(issue: v.BaseIssue<unknown>, schema: ObjectSchema): FieldError {
  const field = (v.getDotPath(issue) ?? "").slice(0, MAX_FIELD_LENGTH);
  if (issue.type === "strict_object" && issue.expected === "never") {
    return { field, message: "unknown field, leave it out" };
  }
  if (issue.type === "strict_object") {
    // A missing field gets the rule of its own schema, which says what to write.
    const rule = (schema.entries[field] as { message?: unknown } | undefined)?.message;
    return {
      field,
      message: `missing: ${typeof rule === "string" ? rule : "write any JSON value"}`,
    };
  }
  return { field, message: issue.message };
}
