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
    if (value === undefined || value === null || value === "") continue;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    // Formats are mostly JSON with variables in quotes: nothing that a client sends may end the string or the line.
    return JSON.stringify(text).slice(1, -1);
  }
  return "-";
}

const responseTypes: Record<number, string> = {
  401: "UNAUTHORIZED",
  403: "ACCESS_DENIED",
  404: "RESOURCE_NOT_FOUND",
  413: "REQUEST_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "THROTTLED",
  500: "INTEGRATION_FAILURE",
  502: "INTEGRATION_FAILURE",
  503: "INTEGRATION_TIMEOUT",
  504: "INTEGRATION_TIMEOUT",
};

/** `$context.error` of what API Gateway itself answered. */
export function errorContext(status: number, message: string): Record<string, unknown> {
  const responseType = responseTypes[status] ?? (status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
  return { message, messageString: `"${message}"`, responseType };
}

/** `$context.integrationStatus` and its other name. */
export function integrationContext(status: number): Record<string, unknown> {
  return { integrationStatus: status, integration: { status } };
}
