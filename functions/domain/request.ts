type Single = Record<string, string | undefined> | null | undefined;
type Multi = Record<string, string[] | undefined> | null | undefined;

/** All values of a header, whatever its case; API Gateway keeps the case the client sent. */
export function headerValues(headers: Single, multiValue: Multi, name: string): string[] {
  const many = matching(multiValue, name).flatMap((values) => values ?? []);
  return many.length > 0 ? many : matching(headers, name).filter((value) => value !== undefined);
}

/** All values of a query parameter. Its name is case-sensitive. */
export function queryValues(query: Single, multiValue: Multi, name: string): string[] {
  const many = multiValue?.[name];
  if (many) return many;
  const one = query?.[name];
  return one === undefined ? [] : [one];
}

function matching<T>(record: Record<string, T> | null | undefined, name: string): T[] {
  return Object.entries(record ?? {})
    .filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value);
}
