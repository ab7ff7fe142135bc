import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { Graph, type Resource } from "../graph";
import { accountId, providerOutputs } from "./providerOutputs";
import { stackConfig } from "./stackConfig";

export interface EvaluateOptions {
  /** The stack, whose settings are in Pulumi.<stack>.yaml. */
  stack: string;
  /** Settings that take the place of those in the stack's file, by their full key, such as `switchboard:domain`. */
  settings?: Record<string, unknown>;
  /** Settings of the stack's file to leave out. */
  without?: string[];
  /** As in `pulumi preview`: what a provider would compute is unknown. Default: false. */
  preview?: boolean;
  /** What random resources are derived from. Default: always the same. */
  seed?: string;
  /** Where SQS is, which the URLs of queues name. Default: AWS. */
  sqsEndpoint?: string;
}

export interface Evaluation {
  graph: Graph;
  /** What the program exports, resolved; nothing in a preview, where most of it is unknown. */
  outputs: Record<string, any>;
}

/** The project's folder, where Pulumi.yaml is. The program's own paths are relative to it, as with Pulumi's engine. */
const root = path.resolve(__dirname, "../..");

/**
 * Runs the program, index.ts, in this process with Pulumi's mocks in the place of the engine and the providers.
 * @throws what the program throws, such as the list of its settings' problems.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const settings = stackConfig(root, options.stack);
  for (const key of options.without ?? []) {
    settings.delete(key);
  }
  for (const [key, value] of Object.entries(options.settings ?? {})) {
    settings.set(key, typeof value === "string" ? value : JSON.stringify(value));
  }
  const region = settings.get("aws:region") ?? "us-east-1";
  const resources: Resource[] = [];
  const mocks = createMocks(resources, region, options);

  process.chdir(root);
  await pulumi.runtime.setMocks(mocks, "switchboard", options.stack, options.preview ?? false);
  pulumi.runtime.setAllConfig(Object.fromEntries(settings));
  forgetProgram();
  return await failOnLostErrors(async () => {
    // Not import(), whose modules cannot be forgotten.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const outputs = await pulumi.runtime.runInPulumiStack(async () => require(`${root}/index.ts`));
    await pulumi.runtime.disconnect();
    return {
      graph: new Graph(resources),
      outputs: options.preview ? {} : await resolved(outputs),
    };
  });
}

function createMocks(
  resources: Resource[],
  region: string,
  options: EvaluateOptions,
): pulumi.runtime.Mocks {
  const context = {
    region,
    seed: options.seed ?? "a fixed seed",
    sqsEndpoint: options.sqsEndpoint,
  };
  return {
    newResource: ({ type, name, inputs, custom }) => {
      if (!custom || type === "pulumi:pulumi:Stack") {
        return { id: undefined, state: inputs };
      }
      if (options.preview) {
        resources.push({ urn: `${type}::${name}`, type, name, id: "", inputs, outputs: inputs });
        return { id: undefined, state: inputs };
      }
      const { id, ...computed } = providerOutputs({ type, name, inputs }, context);
      const outputs = { ...inputs, ...computed };
      resources.push({ urn: `${type}::${name}`, type, name, id, inputs, outputs });
      return { id, state: outputs };
    },
    call: ({ token }) => {
      switch (token) {
        case "aws:index/getRegion:getRegion":
          return { id: region, region, name: region };
        case "aws:index/getCallerIdentity:getCallerIdentity":
          return { id: accountId, accountId };
        default:
          throw new Error(`The local run has no answer to ${token}, which the program calls.`);
      }
    },
  };
}

/** The program is modules, which run once a process: a second evaluation needs them anew. */
function forgetProgram(): void {
  for (const file of Object.keys(require.cache)) {
    if (file === `${root}/index.ts` || file.startsWith(`${root}/infra/`)) {
      delete require.cache[file];
    }
  }
}

/** An error in an output that nobody awaits shows only as an unhandled rejection. */
async function failOnLostErrors<Result>(run: () => Promise<Result>): Promise<Result> {
  let lost: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_, reject) => {
    lost = reject;
    process.on("unhandledRejection", reject);
  });
  try {
    return await Promise.race([run(), failed]);
  } finally {
    // What the run has lost may only be told in the next turn.
    await new Promise(setImmediate);
    process.off("unhandledRejection", lost!);
  }
}

async function resolved(outputs: unknown): Promise<Record<string, any>> {
  return await new Promise((resolve) => {
    pulumi.output(outputs as Record<string, unknown>).apply((values) => resolve(values));
  });
}
