import type { IamData, Session } from "../iam";
import type { Table } from "./tables";

/** What the process is told to begin with. */
export interface Start {
  type: "start";
  iam: IamData;
  tables: Table[];
  folder: string;
  /** 0 for any. */
  port: number;
  /** Seconds between two removals of expired items. */
  ttlSeconds: number;
}

export type ToChild = Start | { type: "session"; session: Session } | { type: "close" };

export type ToParent =
  | { type: "listening"; port: number }
  | { type: "failed"; message: string; code?: string }
  | { type: "log"; line: string };
