import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** The folder that keeps what should outlive a run. */
export interface State {
  /** What random resources of the program are derived from. */
  seed: string;
  /** A folder of one service. */
  folder(service: string): string;
}

export function openState(folder: string, fresh: boolean): State {
  if (fresh) {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    seed: readSeed(path.join(folder, "seed")),
    folder: (service) => {
      const inside = path.join(folder, service);
      fs.mkdirSync(inside, { recursive: true });
      return inside;
    },
  };
}

function readSeed(file: string): string {
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return fs.readFileSync(file, "utf8");
}
