import type { Table } from "./results";
import type { Verdict } from "./targets";

export function tableText({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [title, "", ...[line(columns), rule, ...rows.map(line)].map((text) => `  ${text}`)].join(
    "\n",
  );
}

export function verdictsText(verdicts: Verdict[]): string {
  const rows = verdicts.map(({ text, wanted, measured, outcome }) => [
    text,
    wanted,
    measured,
    outcome,
  ]);
  return tableText({ title: "Targets", columns: ["", "wanted", "measured", ""], rows });
}

/** A number with three significant digits at least, and no more than its size deserves. */
export function number(value: number): string {
  if (!Number.isFinite(value)) {
    return "-";
  }
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `12.3x`. */
export function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${number(ratio)}x` : "-";
}

export function kilobytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${number(bytes / 1024)} KB` : "-";
}

export function megabytes(bytes: number): string {
  return `${number(bytes / 1024 / 1024)} MB`;
}

export function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${number(value)} ms` : "-";
}
