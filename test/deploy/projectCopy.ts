import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * A copy of the project's sources, so that Pulumi, which writes to the files of stacks, and tests that change the
 * program leave the checkout as it is.
 */
export class ProjectCopy {
  private constructor(readonly folder: string) {}

  /** Copies what git knows of and what it would take, not what it ignores. */
  static create(root: string, folder: string): ProjectCopy {
    const copy = ProjectCopy.withoutPackages(root, folder);
    fs.symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    return copy;
  }

  /** A copy as a clone is before `npm ci`. */
  static withoutPackages(root: string, folder: string): ProjectCopy {
    const listing = execFileSync(
      "git",
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      { cwd: root, encoding: "utf8" },
    );
    for (const file of listing.split("\0").filter((name) => name !== "")) {
      const from = path.join(root, file);
      if (fs.existsSync(from)) {
        fs.cpSync(from, path.join(folder, file));
      }
    }
    return new ProjectCopy(folder);
  }

  /**
   * Replaces a piece of a source file.
   * @returns what undoes it
   * @throws if the file does not hold the piece exactly once, so that a test cannot change nothing unnoticed
   */
  edit(file: string, piece: string, replacement: string): () => void {
    const location = path.join(this.folder, file);
    const before = fs.readFileSync(location, "utf8");
    const parts = before.split(piece);
    if (parts.length !== 2) {
      throw new Error(`${file} holds ${JSON.stringify(piece)} ${parts.length - 1} times, not once`);
    }
    fs.writeFileSync(location, parts.join(replacement));
    return () => fs.writeFileSync(location, before);
  }
}
