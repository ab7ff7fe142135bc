import type { EngineEvent } from "@pulumi/pulumi/automation";

/** What the engine does, or would do, with one resource. */
export interface Change {
  /** Pulumi's token, such as `aws:dynamodb/table:Table`. */
  type: string;
  name: string;
  /** `create`, `update`, `replace`, `delete`, ... */
  op: string;
  /** The properties that differ, without what is inside of them. */
  properties: string[];
}

/** What came of one run of the engine. */
export interface Outcome {
  /** The resources that did not stay as they were. */
  changes: Change[];
  warnings: string[];
  errors: string[];
}

/** The steps that a replacement consists of, beside `replace` itself. */
const partsOfReplacement = ["create-replacement", "delete-replaced", "discard-replaced"];

/** Reads what the engine's events tell. */
export function outcomeOf(events: EngineEvent[]): Outcome {
  const changes: Change[] = [];
  const messages = { warning: new Set<string>(), error: new Set<string>() };
  for (const { resourcePreEvent, diagnosticEvent } of events) {
    if (resourcePreEvent) {
      const { op, type, urn, diffs, detailedDiff } = resourcePreEvent.metadata;
      if (op !== "same" && op !== "read" && !partsOfReplacement.includes(op)) {
        const paths = detailedDiff ? Object.keys(detailedDiff) : (diffs ?? []);
        const properties = [...new Set(paths.map((path) => path.split(/[.[]/)[0]!))].sort();
        changes.push({ type, name: urn.split("::").at(-1)!, op, properties });
      }
    }
    const severity = diagnosticEvent?.severity;
    if (severity === "warning" || severity === "error") {
      messages[severity].add(plain(diagnosticEvent!.message));
    }
  }
  return { changes, warnings: [...messages.warning], errors: [...messages.error] };
}

/** A message without the engine's marks for colours. */
function plain(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}

/** A change in a line, for the message of an assertion. */
export function describeChange({ op, type, name, properties }: Change): string {
  return `${op} ${type} ${name} [${properties.join(", ")}]`;
}
