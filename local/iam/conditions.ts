import { arnLike, wildcard, type Matcher } from "./wildcard";

/** Values of condition keys, by the key in lower case: keys are not case-sensitive. */
export type Context = Record<string, string | string[] | undefined>;

export type Condition = (context: Context) => boolean;

const operators: Record<string, (value: string) => Matcher> = {
  StringEquals: (value) => (given) => given === value,
  StringLike: (value) => wildcard(value),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (value) => (given) => given.toLowerCase() === value.toLowerCase(),
};

/** What `Iam.authorize` and the evaluation of resource policies know of a request. */
const knownKeys = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:requestedregion",
  "aws:securetransport",
  "aws:sourcearn",
  "aws:sourceaccount",
]);

/**
 * A statement's `Condition`: every operator and every key must hold, by any of the key's values.
 * @throws Error for an operator or a key that is not evaluated here, since skipping one would allow too much
 * or deny too much.
 */
export function compileCondition(block: unknown): Condition {
  if (block === undefined) return () => true;
  if (typeof block !== "object" || block === null) throw new Error("Condition must be an object");
  const conditions = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys as Record<string, unknown>).map(([key, values]) =>
      compileOne(operator, key, values),
    ),
  );
  return (context) => conditions.every((holds) => holds(context));
}

function compileOne(operator: string, key: string, values: unknown): Condition {
  const [, quantifier, name = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator)!;
  const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!compile) {
    throw new Error(
      `condition operator ${operator} is not supported: use ${Object.keys(operators).join(", ")}`,
    );
  }
  const known = key.toLowerCase();
  if (!knownKeys.has(known)) {
    throw new Error(
      `condition key ${key} is not supported: known are ${[...knownKeys].join(", ")}`,
    );
  }
  const matchers = [values].flat().map((value) => compile(String(value)));
  const matches: Matcher = (given) => matchers.some((matcher) => matcher(given));
  return (context) => {
    const given = context[known];
    // A key that the request lacks satisfies ForAllValues and IfExists, and nothing else.
    if (given === undefined) return quantifier === "ForAllValues" || ifExists !== undefined;
    const all = [given].flat();
    return quantifier === "ForAllValues" ? all.every(matches) : all.some(matches);
  };
}
