import { format } from "node:util";
import { logLevels, type LogLevel, type SandboxData } from "./messages";

/** Where the console's lines go. */
export interface ConsoleLog {
  /** Of the event at hand; none during init. */
  requestId?: string;
  write(level: LogLevel, values: unknown[]): void;
}

const methods = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
} as const satisfies Record<string, LogLevel>;

/** Replaces the console's methods by ones that write lines as Lambda does, of the levels that the function logs. */
export function installConsole(
  options: Pick<SandboxData, "logFormat" | "logLevel">,
  emit: (line: string) => void,
): ConsoleLog {
  const least = logLevels.indexOf(options.logLevel);
  const log: ConsoleLog = {
    write(level, values) {
      if (logLevels.indexOf(level) < least) return;
      const line = options.logFormat === "JSON" ? jsonLine : textLine;
      emit(line(level, log.requestId, values));
    },
  };
  for (const [method, level] of Object.entries(methods)) {
    console[method as keyof typeof methods] = (...values: unknown[]) => log.write(level, values);
  }
  return log;
}

/** A single value stays as it is, so that an object becomes an object of the line; several become text. */
function jsonLine(level: LogLevel, requestId: string | undefined, values: unknown[]): string {
  const timestamp = new Date().toISOString();
  const text = (): string => format(...values);
  if (values.length === 1) {
    try {
      const line = { timestamp, level, requestId, message: values[0] };
      return JSON.stringify(line, (_, value) =>
        value instanceof Error ? errorFields(value) : value,
      );
    } catch {
      // A circular value or a BigInt has no JSON: it is written as text.
      return JSON.stringify({ timestamp, level, requestId, message: text() });
    }
  }
  const error = values.find((value) => value instanceof Error);
  const line = { timestamp, level, requestId, message: text() };
  return JSON.stringify({ ...line, ...(error && errorFields(error)) });
}

function errorFields(error: Error): object {
  return {
    ...error,
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: error.stack?.split("\n") ?? [],
  };
}

/** Lambda keeps a text entry in one line by carriage returns, which a terminal would not survive. */
function textLine(level: LogLevel, requestId: string | undefined, values: unknown[]): string {
  const text = format(...values).replace(/\r?\n/g, "\\n");
  return `${new Date().toISOString()}\t${requestId ?? "undefined"}\t${level}\t${text}`;
}
