/** What a group of measurements has found. */
export interface GroupResult {
  tables: Table[];
  /** What a reader should know of the figures, or why some are missing. */
  notes: string[];
  /** Measured values by dotted name, as `artefacts.send.initRatio`; the names end in what they hold. */
  figures: Figures;
}

export type Figures = Record<string, number>;

export interface Table {
  title: string;
  /** The first column is set to the left, the others to the right. */
  columns: string[];
  rows: string[][];
}

/** Says what is going on, since some measurements take minutes. */
export type Say = (line: string) => void;
