/** Plain data that goes with a log line. Never a token, a secret or a message body. */
export type LogFields = Record<string, unknown>;

/** Structured logging. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/**
 * A logger whose lines all carry the given fields. Each line is one object on the console, which
 * Lambda's JSON log format writes as JSON with its level and request id.
 */
export function createLog(common: LogFields): Log {
  return {
    info: (message, fields) => console.info({ message, ...common, ...fields }),
    warn: (message, fields) => console.warn({ message, ...common, ...fields }),
    error: (message, fields) => console.error({ message, ...common, ...fields }),
  };
}

/** An error as log fields. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  return { error: error.name, reason: error.message, stack: error.stack };
}
