/** A failed event, as Lambda answers it. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** What a sandbox's process is started with. */
export interface SandboxData {
  functionName: string;
  functionArn: string;
  /** The unpacked code. */
  root: string;
  /** `file.export`, where the file is relative to the root and has no ending. */
  handler: string;
  /** MB. */
  memorySize: number;
  logGroupName: string;
  logStreamName: string;
  logFormat: "JSON" | "Text";
  /** The least level that is logged; lower ones are dropped. */
  logLevel: LogLevel;
}

export const logLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
export type LogLevel = (typeof logLevels)[number];

/** One event for a sandbox. Events and results travel as JSON, as they do on AWS. */
export interface EventMessage {
  requestId: string;
  event: string;
  /** When the event times out, in milliseconds since 1970. */
  deadline: number;
}

/** What a sandbox's process says. The first is `ready` or `initError`; each event then ends in a result or an error. */
export type RuntimeMessage =
  | { type: "ready" }
  | { type: "initError"; error: FunctionError }
  | { type: "result"; payload: string }
  | { type: "error"; error: FunctionError }
  /** An error that no code of the event caught: the process cannot go on. */
  | { type: "crash"; error: FunctionError }
  | { type: "log"; line: string };
