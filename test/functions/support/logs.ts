const LEVELS = ["info", "warn", "error"] as const;

export interface LogLine {
  level: (typeof LEVELS)[number];
  message: string;
  [field: string]: unknown;
}

/** Takes the log lines off the console while a suite runs; each test starts with none. */
export function captureLogs(): LogLine[] {
  const lines: LogLine[] = [];
  const { info, warn, error } = console;
  beforeEach(() => {
    lines.length = 0;
    for (const level of LEVELS) {
      console[level] = (line: object) => lines.push({ level, ...line } as LogLine);
    }
  });
  afterEach(() => {
    Object.assign(console, { info, warn, error });
  });
  return lines;
}
