/** A Lambda proxy integration's answer, checked. */
export interface ProxyResult {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string;
}

/** Reads `{statusCode, headers, multiValueHeaders, body, isBase64Encoded}`; undefined when it is malformed. */
export function readProxyResult(payload: unknown): ProxyResult | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = payload as Record<
    string,
    unknown
  >;
  const status = Number(statusCode ?? NaN);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  const text = body && isBase64Encoded === true ? Buffer.from(body, "base64").toString() : body;
  const all = { ...(headers as object), ...(multiValueHeaders as object) };
  return { status, headers: all, body: text ?? undefined };
}
