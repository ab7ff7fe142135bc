/** Renders one line of a stage's access log from values of `$context`. */
export type AccessLog = (...contexts: object[]) => void;

/**
 * Compiles the format of a stage's access log. A variable is looked for in each context in turn; as on AWS, `-` stands
 * for what has no value.
 */
export function createAccessLog(
  format: string,
  prefix: string,
  log: (line: string) => void,
): AccessLog {
  const parts: (string | string[])[] = [];
  let end = 0;
  for (const match of format.matchAll(/\$context\.([\w.-]*\w)/g)) {
    parts.push(format.slice(end, match.index), match[1]!.split("."));
    end = match.index + match[0].length;
  }
  parts.push(format.slice(end));
  return (...contexts) => {
    let line = prefix;
    for (const part of parts) line += typeof part === "string" ? part : valueOf(part, contexts);
    log(line);
  };
}

function valueOf(path: readonly string[], contexts: readonly object[]): string {
  for (const context of contexts) {
    let value: unknown = context;
    for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
    const text = typeof value === "object" ? JSON.stringify(value ?? "") : String(value ?? "");
    if (text && text !== '""') return oneLine(text);
  }
  return "-";
}

/** Formats are mostly JSON with variables in quotes: nothing that a client sends may end the string or the line. */
function oneLine(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
