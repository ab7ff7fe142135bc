import type { IncomingHttpHeaders } from "node:http";
import type { Resource } from "../graph";

/** Headers that belong to a connection or a handshake, and go on whatever a policy says. */
const always = new Set([
  "connection",
  "content-length",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "upgrade",
]);

/**
 * What CloudFront sends to an origin: the viewer's headers that the origin request policy lets through, the
 * origin's own Host and custom headers, and the viewer's address at the end of `X-Forwarded-For`.
 *
 * @param policy the behaviour's `cloudfront.OriginRequestPolicy`; without one no viewer header goes on
 */
export function originHeaders(
  viewer: IncomingHttpHeaders,
  viewerAddress: string,
  origin: { domainName: string; customHeaders?: { name: string; value: string }[] },
  policy: Resource | undefined,
): IncomingHttpHeaders {
  const passes = headerFilter(policy);
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(viewer)) {
    if (always.has(name) || passes(name)) {
      headers[name] = value;
    }
  }
  headers.host = origin.domainName;
  headers["x-forwarded-for"] = [viewer["x-forwarded-for"], viewerAddress]
    .filter(Boolean)
    .join(", ");
  headers.via = `${viewer.via ? `${viewer.via}, ` : ""}1.1 cloudfront.local (CloudFront)`;
  for (const { name, value } of origin.customHeaders ?? []) {
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function headerFilter(policy: Resource | undefined): (name: string) => boolean {
  const config = policy?.inputs.headersConfig;
  const names = new Set<string>(
    (config?.headers?.items ?? []).map((name: string) => name.toLowerCase()),
  );
  switch (config?.headerBehavior) {
    case undefined:
    case "none":
      return () => false;
    case "whitelist":
      return (name) => names.has(name);
    case "allViewer":
      return () => true;
    case "allExcept":
      return (name) => !names.has(name);
    default:
      throw new Error(
        `${policy?.name}: headerBehavior ${config.headerBehavior} is not served locally.`,
      );
  }
}
