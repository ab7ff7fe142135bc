import { availableParallelism } from "node:os";
import path from "node:path";
import type { Faults } from "../faults";
import type { Graph, Resource } from "../graph";
import type { Iam } from "../iam";
import {
  invocationDenied,
  permissionNeeded,
  resourcePolicy,
  type Invocation,
  type ResourcePolicy,
} from "../iam/permissions";
import { unpack } from "./code";
import { notFound, requestTooLarge } from "./errors";
import { Pool } from "./pool";
import { Sandbox } from "./sandbox";
import type { FunctionError } from "./runtime/messages";
import { environmentOf, readFunction, sandboxData, type FunctionSettings } from "./settings";
import { bundleRuntime } from "./runtimeFile";

/** A service that invokes a function, and the resource on whose behalf it does so. */
export interface Caller {
  /** Such as `apigateway.amazonaws.com`. */
  service: string;
  sourceArn: string;
}

/**
 * Event source mappings as callers: Lambda itself, which needs no permission. What it reads the source with is
 * the function's own role, checked when the mapping is created.
 */
export const eventSourceMapping = Symbol("event source mapping");

export type InvokeResult = { payload: unknown } | { functionError: FunctionError };

export interface Lambda {
  /**
   * Runs a function on an event and waits for its result. Errors of the function are results; the promise is
   * rejected with an Error named as AWS names it (AccessDeniedException without a matching Permission,
   * ResourceNotFoundException, TooManyRequestsException, RequestTooLargeException) if it could not be run.
   */
  invoke(
    functionArnOrName: string,
    event: unknown,
    caller: Caller | typeof eventSourceMapping,
  ): Promise<InvokeResult>;
  close(): Promise<void>;
}

export interface LambdaOptions {
  graph: Graph;
  iam: Iam;
  /** Beside Lambda's own variables: where AWS's endpoints are, and the Region. */
  environment: Record<string, string>;
  /** Where code is unpacked. */
  folder: string;
  log: (line: string) => void;
  faults?: Faults;
  /** Sandboxes that one function may have at a time. Default: four times the cores, at most 16. */
  maxSandboxes?: number;
  /** How long more than two idle sandboxes of a function are kept. Default: 10. */
  idleSeconds?: number;
}

/** Bytes of an event, and of a result. */
const maxPayloadBytes = 6 * 1024 * 1024;

interface LocalFunction {
  settings: FunctionSettings;
  pool: Pool;
}

/**
 * The graph's functions, each in processes of its own.
 * @throws Error naming all functions that could not be created.
 */
export async function createLambda(options: LambdaOptions): Promise<Lambda> {
  const { graph, iam, log, faults } = options;
  const resources = graph.ofType("aws:lambda/function:Function");
  const [runtime, prepared] = await Promise.all([
    bundleRuntime(options.folder),
    Promise.allSettled(resources.map(prepare)),
  ]);
  const problems = prepared.flatMap((result) =>
    result.status === "rejected" ? [(result.reason as Error).message] : [],
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));

  async function prepare(resource: Resource) {
    try {
      const settings = readFunction(resource, iam);
      const root = await unpack(settings.code, path.join(options.folder, settings.name));
      return { settings, root };
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`function ${resource.outputs.name}: ${message}`, { cause: error });
    }
  }

  const functions = prepared
    .flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))
    .map(({ settings, root }): LocalFunction => {
      const credentials = iam.credentialsFor(settings.role, settings.name);
      const start = (): Sandbox => {
        const data = sandboxData(settings, root);
        const environment = environmentOf(settings, data, credentials, options.environment);
        const { timeoutSeconds } = settings;
        return new Sandbox({ runtime, data, environment, timeoutSeconds, log, faults });
      };
      const pool = new Pool({
        start,
        maxSandboxes: options.maxSandboxes ?? Math.min(16, 4 * availableParallelism()),
        eagerSandboxes: availableParallelism(),
        reservedConcurrency: settings.reservedConcurrency,
        idleSeconds: options.idleSeconds ?? 10,
      });
      return { settings, pool };
    });
  const find = finder(functions, graph);
  const authorize = authorizer(
    resourcePolicy(graph.ofType("aws:lambda/permission:Permission")),
    log,
  );

  return {
    async invoke(functionArnOrName, event, caller) {
      const { settings, pool, qualifier } = find(functionArnOrName);
      const { name: functionName, arn: functionArn } = settings;
      if (caller !== eventSourceMapping) {
        authorize({ functionArn, functionName, qualifier, ...caller });
      }
      const payload = JSON.stringify(event) ?? "null";
      const bytes = Buffer.byteLength(payload);
      if (bytes > maxPayloadBytes) throw requestTooLarge(bytes, maxPayloadBytes);
      const outcome = await pool.invoke(payload);
      if ("functionError" in outcome) return outcome;
      if (Buffer.byteLength(outcome.payload) > maxPayloadBytes) return tooLargeResult();
      return { payload: JSON.parse(outcome.payload) };
    },
    async close() {
      await Promise.all(functions.map(({ pool }) => pool.close()));
    },
  };
}

/** Finds a function by its name or ARN, which may end in an alias of the graph or `$LATEST`. */
function finder(functions: LocalFunction[], graph: Graph) {
  const byName = new Map(
    functions.flatMap((found) => [
      [found.settings.name, found],
      [found.settings.arn, found],
    ]),
  );
  const aliases = graph.ofType("aws:lambda/alias:Alias");
  return (name: string): LocalFunction & { qualifier?: string } => {
    const plain = byName.get(name);
    if (plain) return plain;
    const cut = name.lastIndexOf(":");
    const found = byName.get(name.slice(0, cut));
    const qualifier = name.slice(cut + 1);
    const isKnown =
      qualifier === "$LATEST" ||
      aliases.some(
        ({ inputs }) => inputs.name === qualifier && byName.get(inputs.functionName) === found,
      );
    if (!found || !isKnown) throw notFound(name);
    return { ...found, qualifier };
  };
}

/** Refuses what no permission allows, and says once what is missing. */
function authorizer(allows: ResourcePolicy, log: (line: string) => void) {
  const told = new Set<string>();
  return (invocation: Invocation): void => {
    if (allows(invocation)) return;
    const denied = invocationDenied(invocation);
    const needed = permissionNeeded(invocation);
    if (!told.has(needed)) log(`${denied.message}; it would need ${needed}`);
    told.add(needed);
    throw denied;
  };
}

function tooLargeResult(): InvokeResult {
  return {
    functionError: {
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: `Response payload size exceeded maximum allowed payload size (${maxPayloadBytes} bytes).`,
    },
  };
}
