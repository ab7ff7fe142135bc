import type { IncomingMessage } from "node:http";
import type { ApiDefinition } from "./definitions";
import { forwardedFor } from "./handshakeRequest";
import { newTraceId, requestTime } from "./identifiers";
import { decodeSegment } from "./routes";

/** A request on its way through an HTTP API. */
export interface HttpRequest {
  api: ApiDefinition;
  req: IncomingMessage;
  /** As sent, with the stage. */
  path: string;
  requestId: string;
  epoch: number;
  sourceIp: string;
  stage: string;
  stageVariables: Record<string, string>;
  routeKey: string;
  jwt?: { claims: Record<string, string>; scopes: string[] | null };
}

/** The event of payload format 2.0. */
export function createEvent(
  request: HttpRequest,
  pathParameters: Record<string, string> | undefined,
  body: Buffer,
) {
  const { req, stageVariables } = request;
  const rawQueryString = (req.url ?? "").slice(request.path.length + 1);
  const cookies = req.headers.cookie?.split(/; */).filter(Boolean);
  const isBase64Encoded = body.length > 0 && !isText(req.headers["content-type"]);
  return {
    version: "2.0",
    routeKey: request.routeKey,
    rawPath: decodeSegment(request.path),
    rawQueryString,
    ...(cookies && { cookies }),
    headers: headersOf(request),
    ...(rawQueryString && { queryStringParameters: joinedParameters(rawQueryString) }),
    requestContext: requestContextOf(request),
    ...(pathParameters && { pathParameters }),
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

export function requestContextOf(request: HttpRequest) {
  const { api, req, jwt, epoch, routeKey } = request;
  return {
    accountId: api.accountId,
    apiId: api.id,
    ...(jwt && { authorizer: { jwt } }),
    domainName: api.domainName,
    domainPrefix: api.id,
    http: {
      method: req.method ?? "GET",
      // AWS shows the path decoded.
      path: decodeSegment(request.path),
      protocol: `HTTP/${req.httpVersion}`,
      sourceIp: request.sourceIp,
      userAgent: req.headers["user-agent"] ?? "",
    },
    requestId: request.requestId,
    routeKey,
    stage: request.stage,
    time: requestTime(epoch),
    timeEpoch: epoch,
  };
}

/** Forms come as base64 on AWS too: only what these types say is text. */
function isText(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  return /^(text\/|application\/(?:[\w.+-]+\+)?(json|xml)\b|application\/javascript\b)/i.test(
    contentType.trim(),
  );
}

function headersOf({ req, api, sourceIp, epoch }: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(req.headersDistinct)) {
    if (name !== "cookie" && name !== "connection") headers[name] = values!.join(",");
  }
  headers.host = api.domainName;
  headers["content-length"] ??= "0";
  headers["x-forwarded-for"] = forwardedFor(req, sourceIp);
  headers["x-forwarded-port"] ??= "443";
  headers["x-forwarded-proto"] ??= "https";
  headers["x-amzn-trace-id"] ??= newTraceId(epoch);
  return headers;
}

function joinedParameters(query: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = Object.hasOwn(parameters, name) ? parameters[name] + "," : "";
    parameters[name] = earlier + value;
  }
  return parameters;
}
