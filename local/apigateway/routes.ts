import type { RouteDefinition } from "./definitions";

/** A route key of an HTTP API, taken apart. */
export interface RouteKey {
  /** `ANY` for all. */
  method: string;
  segments: string[];
}

const methods = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/** Reads `$default` or `METHOD /path/{variable}/{greedy+}`; throws where a key is neither. */
export function parseRouteKey(key: string): RouteKey | undefined {
  if (key === "$default") return undefined;
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? [];
  const segments = path?.slice(1).split("/") ?? [];
  const greedyAt = segments.findIndex(isGreedy);
  if (!methods.includes(method ?? "") || (greedyAt >= 0 && greedyAt < segments.length - 1)) {
    throw new Error(`its routeKey "${key}" is neither "$default" nor "METHOD /path"`);
  }
  return { method: method!, segments };
}

export interface RouteMatch {
  route: RouteDefinition;
  pathParameters?: Record<string, string>;
}

/**
 * Finds routes by AWS's precedence: a full match before one with a greedy variable, segments that are fixed before
 * variables, a method of its own before ANY, and `$default` last.
 */
export class RouteTable {
  readonly #routes: { route: RouteDefinition; key: RouteKey }[] = [];
  readonly #default: RouteDefinition | undefined;

  constructor(routes: readonly RouteDefinition[]) {
    for (const route of routes) {
      const key = parseRouteKey(route.key);
      if (key) this.#routes.push({ route, key });
    }
    this.#routes.sort((a, b) => comparePrecedence(a.key, b.key));
    this.#default = routes.find((route) => route.key === "$default");
  }

  /** `path` as the client sent it, without the stage. */
  find(method: string, path: string): RouteMatch | undefined {
    const segments = path.slice(1).split("/").map(decodeSegment);
    for (const { route, key } of this.#routes) {
      if (key.method !== "ANY" && key.method !== method) continue;
      const pathParameters = matchSegments(key.segments, segments);
      if (pathParameters) {
        const found = Object.keys(pathParameters).length > 0 ? pathParameters : undefined;
        return { route, pathParameters: found };
      }
    }
    return this.#default && { route: this.#default };
  }
}

function isGreedy(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("+}");
}

function isVariable(segment: string): boolean {
  return segment.startsWith("{") && segment.endsWith("}");
}

/** Greedy last, then the place of the first variable: the later the more specific. */
function comparePrecedence(a: RouteKey, b: RouteKey): number {
  const rank = (segment: string | undefined) =>
    segment === undefined ? 3 : isGreedy(segment) ? 2 : isVariable(segment) ? 1 : 0;
  const greedy = Number(isGreedy(a.segments.at(-1)!)) - Number(isGreedy(b.segments.at(-1)!));
  if (greedy !== 0) return greedy;
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i += 1) {
    const difference = rank(a.segments[i]) - rank(b.segments[i]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === "ANY") - Number(b.method === "ANY");
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    if (isGreedy(expected)) {
      const rest = segments.slice(i).join("/");
      if (!rest) return undefined;
      parameters[expected.slice(1, -2)] = rest;
      return parameters;
    }
    const actual = segments[i];
    if (actual === undefined) return undefined;
    if (isVariable(expected)) {
      if (!actual) return undefined;
      parameters[expected.slice(1, -1)] = actual;
    } else if (actual !== expected) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}

/** Percent-decoding that leaves a malformed segment as it is. */
export function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
