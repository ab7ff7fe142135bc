import type { Graph, Resource } from "../../local/graph";
import { evaluate, type Evaluation, type EvaluateOptions } from "../../local/program/evaluate";

const domain = {
  "switchboard:domain": "app.acme.test",
  "switchboard:hostedZoneId": "Z0123456789ABC",
};

/** Where the local variant's APIs, pool and pages are, as `npm start` sets it. */
export const endpoints = {
  executeApi: "http://127.0.0.1:8081/_aws/execute-api",
  cognito: "http://127.0.0.1:8081",
  public: "http://localhost:8080",
};

const variants = {
  dev: { stack: "dev" },
  /** With a domain of its own. */
  prod: { stack: "prod", settings: domain },
  /** Protected as prod is, on CloudFront's domain. */
  domainless: { stack: "prod", without: Object.keys(domain) },
  local: {
    stack: "local",
    settings: {
      "switchboard:executeApiEndpoint": endpoints.executeApi,
      "switchboard:cognitoEndpoint": endpoints.cognito,
      "switchboard:publicEndpoint": endpoints.public,
    },
  },
  /** As prod is previewed before anything exists. */
  preview: { stack: "prod", settings: domain, preview: true },
} satisfies Record<string, EvaluateOptions>;

export type Variant = keyof typeof variants;

const evaluations = new Map<Variant, Promise<Evaluation>>();

/** The program as that variant of a stack evaluates it: once a process, since it takes seconds. */
export function evaluated(variant: Variant): Promise<Evaluation> {
  let evaluation = evaluations.get(variant);
  if (evaluation === undefined) {
    evaluation = evaluate(variants[variant]);
    evaluations.set(variant, evaluation);
  }
  return evaluation;
}

/** The resource of that type and Pulumi name. */
export function find(graph: Graph, type: string, name: string): Resource {
  const found = graph.ofType(type).find((resource) => resource.name === name);
  if (found === undefined) {
    const names = graph.ofType(type).map((resource) => resource.name);
    throw new Error(`no ${type} "${name}"; there are: ${names.join(", ") || "none"}`);
  }
  return found;
}

/** The one resource of that type. */
export function only(graph: Graph, type: string): Resource {
  const [found, ...more] = graph.ofType(type);
  if (found === undefined || more.length > 0) {
    throw new Error(`${graph.ofType(type).length} of ${type} instead of one`);
  }
  return found;
}
