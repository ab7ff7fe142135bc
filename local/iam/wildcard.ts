export type Matcher = (value: string) => boolean;

/** `*` stands for any characters and `?` for one, as in the elements of a policy. */
export function wildcard(pattern: string, options: { ignoreCase?: boolean } = {}): Matcher {
  if (pattern === "*") return () => true;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const expression = new RegExp(`^${source}$`, options.ignoreCase ? "is" : "s");
  return (value) => expression.test(value);
}

/**
 * ArnLike and ArnEquals, which are the same: each of an ARN's six parts is matched by itself, so that a `*`
 * never reaches into the next part.
 */
export function arnLike(pattern: string): Matcher {
  const parts = arnParts(pattern).map((part) => wildcard(part));
  return (value) => {
    const given = arnParts(value);
    return given.length === parts.length && parts.every((matches, i) => matches(given[i]!));
  };
}

/** The resource part, which is the last of six, may hold colons. */
function arnParts(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length > 6 ? [...parts.slice(0, 5), parts.slice(5).join(":")] : parts;
}
