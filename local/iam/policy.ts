import { compileCondition, type Condition, type Context } from "./conditions";
import { InvalidPolicy } from "./errors";
import { wildcard, type Matcher } from "./wildcard";

/** A statement of an identity policy, ready to be asked. */
export interface Statement {
  effect: "Allow" | "Deny";
  matches(action: string, resource: string, context: Context): boolean;
}

export type Decision = "allowed" | "denied" | "explicitly-denied";

/** An explicit `Deny` wins over every `Allow`, and what nothing allows is denied. */
export function evaluate(
  statements: readonly Statement[],
  action: string,
  resource: string,
  context: Context,
): Decision {
  const applying = statements.filter((statement) => statement.matches(action, resource, context));
  if (applying.some((statement) => statement.effect === "Deny")) return "explicitly-denied";
  return applying.length > 0 ? "allowed" : "denied";
}

/**
 * Reads an identity policy.
 * @param label names the policy in errors.
 * @throws InvalidPolicy for what AWS would refuse, and for what is not evaluated here.
 */
export function compilePolicy(document: unknown, label: string): Statement[] {
  return statementsOf(document, label).map((raw, index) => {
    try {
      return compileStatement(raw);
    } catch (error) {
      throw new InvalidPolicy(`${label}, statement ${index + 1}: ${(error as Error).message}`);
    }
  });
}

/** The statements of a policy that is given as JSON text or as an object. */
export function statementsOf(document: unknown, label: string): Record<string, unknown>[] {
  const parsed = typeof document === "string" ? parse(document, label) : document;
  const statements = (parsed as { Statement?: unknown } | null | undefined)?.Statement;
  if (typeof statements !== "object" || statements === null) {
    throw new InvalidPolicy(`${label}: a policy document needs a Statement`);
  }
  return [statements].flat() as Record<string, unknown>[];
}

function parse(text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidPolicy(`${label}: not JSON: ${(error as Error).message}`);
  }
}

const elements = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

function compileStatement(raw: Record<string, unknown>): Statement {
  const unknown = Object.keys(raw).find((key) => !elements.has(key));
  if (unknown) throw new Error(`${unknown} has no place in an identity policy`);
  const effect = raw.Effect;
  if (effect !== "Allow" && effect !== "Deny") throw new Error("Effect must be Allow or Deny");
  const action = compileElement(raw, "Action", true);
  const resource = compileElement(raw, "Resource", false);
  const condition: Condition = compileCondition(raw.Condition);
  return {
    effect,
    matches: (asked, on, context) => action(asked) && resource(on) && condition(context),
  };
}

function compileElement(
  raw: Record<string, unknown>,
  element: "Action" | "Resource",
  ignoreCase: boolean,
): Matcher {
  const [plain, negated] = [raw[element], raw[`Not${element}`]];
  if ((plain === undefined) === (negated === undefined)) {
    throw new Error(`needs either ${element} or Not${element}`);
  }
  const patterns = [plain ?? negated].flat().map((value) => {
    if (typeof value !== "string") throw new Error(`${element} must be text or a list of texts`);
    if (value.includes("${")) throw new Error(`policy variables are not supported: ${value}`);
    return wildcard(value, { ignoreCase });
  });
  const any: Matcher = (value) => patterns.some((matches) => matches(value));
  return plain === undefined ? (value) => !any(value) : any;
}
