const step = /\.?([^.[\]'"]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;

/** The steps of a path such as `a.b[0]['c d']`; undefined when it is not one. */
export function parsePath(path: string): string[] | undefined {
  const steps: string[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (!match) return undefined;
    steps.push((match[1] ?? match[2] ?? match[3] ?? match[4])!);
  }
  return steps;
}

/** The value at a path, own properties only; undefined when there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

const parsed = new Map<string, string[]>();
// Paths come from templates, which are few; one built from a message must not grow the cache without end.
const maxParsed = 1000;

/** The value at a JSONPath of the kinds `$`, `$.a.b[0]` and `$['a']`; filters and wildcards are refused by name. */
export function jsonPath(value: unknown, expression: string): unknown {
  let path = parsed.get(expression);
  if (!path) {
    path = expression.startsWith("$") ? parsePath(expression.slice(1)) : undefined;
    if (!path || path.includes("*")) {
      throw new Error(`The JSONPath "${expression}" is not supported by the local run`);
    }
    if (parsed.size >= maxParsed) parsed.clear();
    parsed.set(expression, path);
  }
  return valueAt(value, path);
}
