import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Deployment, type Settings } from "./deployment";
import { startEmulator, type Emulator } from "./emulator";
import { findPrerequisites } from "./prerequisites";
import { ProjectCopy } from "./projectCopy";

/** The checkout. */
export const root = path.resolve(__dirname, "../..");

/** An emulator, a copy of the project and a place for state, all for one test file. */
export interface Setup {
  folder: string;
  emulator: Emulator;
  project: ProjectCopy;
  deploy(stack: string, settings?: Settings): Promise<Deployment>;
  /** Ends the emulator and removes the folder. */
  close(): Promise<void>;
}

/** @param name of the emulator's log, `.venv/<name>.log` */
export async function setUp(name: string): Promise<Setup> {
  const { python, missing } = findPrerequisites();
  if (python === undefined || missing.length > 0) {
    throw new Error(`test:deploy needs ${missing.join(" and ")}.`);
  }
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), "switchboard-deploy-"));
  const emulator = await startEmulator(root, {
    python,
    state: path.join(folder, "emulator"),
    name,
  });
  const project = ProjectCopy.create(root, path.join(folder, "project"));
  // A test that runs out of time leaves its engine running, which would wait for an emulator that is gone.
  const running = new AbortController();
  return {
    folder,
    emulator,
    project,
    deploy: (stack, settings) =>
      Deployment.create({
        projectFolder: project.folder,
        backendFolder: path.join(folder, "backend"),
        stack,
        emulator,
        settings,
        signal: running.signal,
      }),
    close: async () => {
      running.abort();
      await emulator.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
