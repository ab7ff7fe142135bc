import fs from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import type { FunctionError } from "./messages";

export type Handler = (event: unknown, context: object) => unknown;

/** Loads the function that a name such as `__index.handler` stands for. */
export async function loadHandler(root: string, name: string): Promise<Handler> {
  const [, file, property] = /^((?:.*\/)?[^./]+)\.(.+)$/.exec(name) ?? [];
  if (file === undefined || property === undefined) {
    throw failure("Runtime.MalformedHandlerName", `Bad handler: ${name}`);
  }
  const module = path.join(root, file);
  const source = [".js", ".mjs", ".cjs"]
    .map((ending) => module + ending)
    .find((candidate) => fs.existsSync(candidate));
  if (!source) throw failure("Runtime.ImportModuleError", `Error: Cannot find module '${file}'`);
  keepResolutionWithin(root);
  const exported = importModule(source, property);
  if (typeof exported !== "function") {
    throw failure("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (exported.length >= 3) {
    throw failure(
      "Runtime.CallbackHandlerDeprecated",
      `${name} takes a callback, which Node.js 24 on Lambda no longer supports: return a promise instead`,
    );
  }
  return exported as Handler;
}

function importModule(source: string, property: string): unknown {
  try {
    let value: unknown = createRequire(source)(source);
    for (const key of property.split(".")) value = (value as Record<string, unknown>)?.[key];
    return value;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
      throw failure("Runtime.ImportModuleError", `Error: ${error.message}`, error.stack);
    }
    if (error instanceof SyntaxError) {
      throw failure("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`, error.stack);
    }
    throw error;
  }
}

/**
 * The unpacked code may lie inside a project, whose packages a `require` would then find on its way up. On
 * AWS they are not there unless the artefact holds them.
 */
function keepResolutionWithin(root: string): void {
  const internals = Module as unknown as { _nodeModulePaths: (from: string) => string[] };
  const original = internals._nodeModulePaths.bind(Module);
  internals._nodeModulePaths = (from) =>
    original(from).filter((folder) => folder.startsWith(root + path.sep));
}

function failure(name: string, message: string, stack?: string): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** What was thrown, as Lambda words it: anything can be. */
export function describeError(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  return {
    errorType: thrown.name,
    errorMessage: thrown.message,
    trace: thrown.stack?.split("\n") ?? [],
  };
}
