import { parsePath } from "./jsonPath";

/** A variable of a selection expression, such as `$request.body.action`. */
export interface Variable {
  root: "request.body" | "integration.response.statuscode" | "integration.response.body";
  path: string[];
}

/** Gives the values of variables. */
export interface Scope {
  lookup(variable: Variable): unknown;
}

export type Selection = readonly (string | Variable)[];

const roots = [
  "request.body",
  "integration.response.statuscode",
  "integration.response.body",
] as const;

/**
 * Compiles a WebSocket selection expression: text with variables as `$name` or `${name}`, where `\$` is a plain dollar
 * sign (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html).
 */
export function compileSelection(expression: string): Selection {
  // The reserved key is written with and without its backslash in the wild.
  if (expression === "$default") return [expression];
  const parts: (string | Variable)[] = [];
  let text = "";
  for (const [match, escaped, braced, plain, other] of expression.matchAll(
    /(\\\$)|\$\{([^}]*)\}|\$([\w.[\]-]+)|([^$\\]+|[$\\])/g,
  )) {
    const name = braced ?? plain;
    if (name === undefined) text += escaped ? "$" : (other ?? match);
    else {
      if (text) parts.push(text);
      text = "";
      parts.push(variable(name, expression));
    }
  }
  if (text) parts.push(text);
  return parts;
}

function variable(name: string, expression: string): Variable {
  const root = roots.find((known) => name === known || name.startsWith(known + "."));
  const path = root && parsePath(name.slice(root.length));
  if (!root || !path) {
    throw new Error(`The variable "${name}" of the expression "${expression}" is not supported`);
  }
  return { root, path };
}

/** The key that an expression selects; undefined when one of its variables has no plain value. */
export function select(selection: Selection, scope: Scope): string | undefined {
  if (selection.length === 1) return selectPart(selection[0]!, scope);
  let key = "";
  for (const part of selection) {
    const value = selectPart(part, scope);
    if (value === undefined) return undefined;
    key += value;
  }
  return key;
}

function selectPart(part: string | Variable, scope: Scope): string | undefined {
  if (typeof part === "string") return part;
  const value = scope.lookup(part);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
