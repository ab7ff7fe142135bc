import type { IncomingMessage } from "node:http";
import * as vm from "node:vm";
import type { Resource } from "../graph";

/** What a viewer-request function makes of a request: another request, or the answer. */
export type ViewerResult =
  | { request: { url: string; headers: Record<string, string> } }
  | { response: { status: number; headers: Record<string, string>; body: string } };

export type ViewerFunction = (request: IncomingMessage, viewerAddress: string) => ViewerResult;

interface Value {
  value: string;
  multiValue?: { value: string }[];
}

/**
 * Milliseconds that a function may run. CloudFront allows less than one, on machines that do nothing else. Here it only
 * stops what would never end: on a busy machine, anything may stand still for a while.
 */
const timeout = 5_000;

/** Runs a CloudFront Function's code, in a context of its own, with the events that CloudFront documents. */
export function viewerFunction(resource: Resource, distributionId: string): ViewerFunction {
  const context = vm.createContext({});
  new vm.Script(resource.inputs.code, {
    filename: `cloudfront function ${resource.name}`,
  }).runInContext(context);
  const call = new vm.Script("JSON.stringify(handler(JSON.parse(event)))");
  return (request, viewerAddress) => {
    context.event = JSON.stringify(toEvent(request, viewerAddress, distributionId));
    const result = JSON.parse(call.runInContext(context, { timeout }));
    return "statusCode" in result ? toResponse(result) : toRequest(result);
  };
}

function toEvent(request: IncomingMessage, viewerAddress: string, distributionId: string) {
  const url = new URL(request.url!, "http://viewer");
  const headers: Record<string, Value> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = { value: Array.isArray(value) ? value.join(", ") : value! };
  }
  const querystring: Record<string, Value> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams
      .getAll(name)
      .map((value) => ({ value: encodeURIComponent(value) }));
    querystring[encodeURIComponent(name)] = {
      value: values[0]!.value,
      ...(values.length > 1 ? { multiValue: values } : {}),
    };
  }
  return {
    version: "1.0",
    context: { eventType: "viewer-request", distributionId },
    viewer: { ip: viewerAddress },
    request: { method: request.method, uri: url.pathname, querystring, headers, cookies: {} },
  };
}

function toRequest(request: {
  uri: string;
  querystring: Record<string, Value>;
  headers: Record<string, Value>;
}): ViewerResult {
  const query = Object.entries(request.querystring).flatMap(([name, { value, multiValue }]) =>
    (multiValue ?? [{ value }]).map((item) => `${name}=${item.value}`),
  );
  const headers: Record<string, string> = {};
  for (const [name, { value }] of Object.entries(request.headers)) {
    headers[name.toLowerCase()] = value;
  }
  return {
    request: { url: request.uri + (query.length > 0 ? `?${query.join("&")}` : ""), headers },
  };
}

function toResponse(response: {
  statusCode: number;
  headers?: Record<string, Value>;
  body?: string | { data: string };
}): ViewerResult {
  const headers = Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, { value }]) => [name, value]),
  );
  const body = typeof response.body === "object" ? response.body.data : (response.body ?? "");
  return { response: { status: response.statusCode, headers, body } };
}
