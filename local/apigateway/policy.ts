interface Statement {
  Effect?: unknown;
  Action?: unknown;
  Resource?: unknown;
}

/** The verdict of an authorizer's policy on one method ARN. */
export type Verdict = "allow" | "deny" | "implicit deny";

/** Evaluates the policy that an authorizer returned; undefined when the document is malformed. */
export function evaluatePolicy(document: unknown, methodArn: string): Verdict | undefined {
  const statements = asList((document as { Statement?: unknown } | undefined)?.Statement);
  if (typeof document !== "object" || statements.length === 0) return undefined;
  let verdict: Verdict = "implicit deny";
  for (const statement of statements as (Statement | null)[]) {
    const { Effect, Action, Resource } = statement ?? {};
    const actions = asList(Action);
    const resources = asList(Resource);
    const complete = [...actions, ...resources].every((item) => typeof item === "string");
    if ((Effect !== "Allow" && Effect !== "Deny") || !complete || !actions[0] || !resources[0]) {
      return undefined;
    }
    const applies =
      actions.some((action) => matches("execute-api:Invoke", action as string, "i")) &&
      resources.some((resource) => matches(methodArn, resource as string, ""));
    if (!applies) continue;
    if (Effect === "Deny") return "deny";
    verdict = "allow";
  }
  return verdict;
}

function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** IAM's wildcards: `*` for any characters, `?` for one. */
function matches(value: string, pattern: string, flags: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, flags).test(value);
}
