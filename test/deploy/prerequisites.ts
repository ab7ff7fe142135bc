import { spawnSync } from "node:child_process";

/** What a machine must have beyond what `npm ci` installs. */
export interface Prerequisites {
  /** The Python that the emulator is installed with. */
  python: string | undefined;
  /** What is missing, in words; empty if nothing is. */
  missing: string[];
}

export function findPrerequisites(): Prerequisites {
  const missing: string[] = [];
  if (!runs("pulumi", ["version"])) {
    missing.push("the Pulumi CLI (https://www.pulumi.com/docs/install/) on the PATH");
  }
  const python = ["python3", "python3.13", "python3.12", "python3.11", "python3.10"].find((name) =>
    // Debian ships venv and ensurepip apart.
    runs(name, ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"]),
  );
  if (python === undefined) {
    missing.push("Python 3.10 or later with venv");
  }
  return { python, missing };
}

function runs(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
