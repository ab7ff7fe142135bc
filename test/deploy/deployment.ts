import { LocalWorkspace, type EngineEvent, type Stack } from "@pulumi/pulumi/automation";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseDocument } from "yaml";
import type { Emulator } from "./emulator";
import { outcomeOf, type Outcome } from "./outcome";

/** A resource as the stack's state has it, with secrets in the clear. */
export interface DeployedResource {
  type: string;
  name: string;
  id: string;
  outputs: Record<string, any>;
}

/** Settings of a stack by key. Keys without a namespace are the project's. */
export type Settings = Record<string, unknown>;

/** A stack of the project, deployed to the emulator by the Pulumi that is on the PATH. */
export class Deployment {
  private constructor(
    private readonly stack: Stack,
    readonly emulator: Emulator,
    private readonly settingsFile: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Makes the stack with the settings of its file, pointed at the emulator.
   * @param projectFolder where Pulumi.yaml is
   * @param backendFolder keeps the state of stacks
   * @param signal ends a run of the engine that is under way
   */
  static async create(options: {
    projectFolder: string;
    backendFolder: string;
    stack: string;
    emulator: Emulator;
    settings?: Settings;
    signal?: AbortSignal;
  }): Promise<Deployment> {
    const { projectFolder, stack, emulator, settings } = options;
    const settingsFile = path.join(projectFolder, `Pulumi.${stack}.yaml`);
    writeSettings(settingsFile, {
      "aws:skipCredentialsValidation": true,
      "aws:s3UsePathStyle": true,
      executeApiEndpoint: `${emulator.url}/_aws/execute-api`,
      cognitoEndpoint: emulator.url,
      ...settings,
    });
    const created = await LocalWorkspace.createStack(
      { stackName: stack, workDir: projectFolder },
      { envVars: engineEnvironment(emulator, options.backendFolder) },
    );
    return new Deployment(created, emulator, settingsFile, options.signal);
  }

  /**
   * Changes settings in the stack's file; those that are `undefined` are removed.
   * @returns what undoes it
   */
  set(settings: Settings): () => void {
    const before = fs.readFileSync(this.settingsFile);
    writeSettings(this.settingsFile, settings);
    return () => fs.writeFileSync(this.settingsFile, before);
  }

  async preview(): Promise<Outcome> {
    return await this.run((options) => this.stack.preview(options));
  }

  async up(): Promise<Outcome> {
    return await this.run((options) => this.stack.up(options));
  }

  /** As `pulumi destroy` does, which first looks at whether everything may be deleted. */
  async destroy(): Promise<Outcome> {
    await this.run((options) => this.stack.previewDestroy(options));
    return await this.run((options) => this.stack.destroy(options));
  }

  async outputs(): Promise<Record<string, any>> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  async resources(): Promise<DeployedResource[]> {
    const { deployment } = await this.stack.exportStack();
    return (deployment.resources ?? []).map((resource: any) => ({
      type: resource.type,
      name: resource.urn.split("::").at(-1),
      id: resource.id,
      outputs: resource.outputs ?? {},
    }));
  }

  private async run(command: (options: RunOptions) => Promise<unknown>): Promise<Outcome> {
    const events: EngineEvent[] = [];
    try {
      await command({
        onEvent: (event) => events.push(event),
        signal: this.signal,
        parallel: parallelSteps,
      });
    } catch (error) {
      const { errors } = outcomeOf(events);
      // The error of the Automation API holds all that the engine printed, twice.
      throw errors.length > 0 ? new Error(errors.join("\n")) : error;
    }
    return outcomeOf(events);
  }
}

/** With more at once, the emulator left requests without an answer when the machine was busy. */
const parallelSteps = 8;

interface RunOptions {
  onEvent: (event: EngineEvent) => void;
  signal: AbortSignal | undefined;
  parallel: number;
}

function writeSettings(file: string, settings: Settings): void {
  const content = parseDocument(fs.readFileSync(file, "utf8"));
  // Pulumi gives the keys of the project its name when it writes the file.
  const project: { name: string } = parse(
    fs.readFileSync(path.join(path.dirname(file), "Pulumi.yaml"), "utf8"),
  );
  for (const [key, value] of Object.entries(settings)) {
    const full = key.includes(":") ? key : `${project.name}:${key}`;
    content.deleteIn(["config", key]);
    content.deleteIn(["config", full]);
    if (value !== undefined) {
      content.setIn(["config", full], value);
    }
  }
  fs.writeFileSync(file, content.toString());
}

/** Nothing of the user's own account or backend must come into play. */
export function engineEnvironment(
  emulator: Emulator,
  backendFolder: string,
): Record<string, string> {
  fs.mkdirSync(backendFolder, { recursive: true });
  const none = path.join(backendFolder, "no-such-file");
  return {
    PULUMI_BACKEND_URL: `file://${backendFolder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AWS_PROFILE: "",
    AWS_SESSION_TOKEN: "",
    AWS_CONFIG_FILE: none,
    AWS_SHARED_CREDENTIALS_FILE: none,
    ...emulator.environment,
  };
}
