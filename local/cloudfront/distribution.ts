import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Graph, Resource } from "../graph";
import { originHeaders } from "./originRequest";
import { pathMatcher } from "./pathPattern";
import { applyPolicy, policyHeaders, type PolicyHeaders } from "./responseHeaders";
import { viewerFunction, type ViewerFunction } from "./viewerFunction";

/** Something that the distribution hands requests on to, in this process. */
export interface Origin {
  request(request: IncomingMessage, response: ServerResponse): void;
  /** Takes a WebSocket handshake; an origin without it has none. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Finds what stands at an origin's domain name, such as a bucket or an API. */
export type FindOrigin = (domainName: string, distribution: Resource) => Origin | undefined;

interface Behaviour {
  matches: (path: string) => boolean;
  methods: Set<string>;
  origin: Origin;
  originInputs: { domainName: string; customHeaders?: { name: string; value: string }[] };
  originRequestPolicy: Resource | undefined;
  responseHeaders: PolicyHeaders | undefined;
  viewerRequest: ViewerFunction | undefined;
}

/** A distribution of the graph: behaviours in order, functions, policies and origins, with no cache. */
export class Distribution {
  private readonly behaviours: Behaviour[];

  /** @throws Error naming what the graph asks for and the local run does not do. */
  constructor(
    private readonly graph: Graph,
    private readonly resource: Resource,
    private readonly findOrigin: FindOrigin,
  ) {
    const { orderedCacheBehaviors = [], defaultCacheBehavior } = resource.inputs;
    this.behaviours = [...orderedCacheBehaviors, { ...defaultCacheBehavior, pathPattern: "*" }].map(
      (inputs) => this.behaviour(inputs),
    );
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    const behaviour = this.find(request);
    if (behaviour.responseHeaders) {
      applyPolicy(response, behaviour.responseHeaders);
    }
    if (!behaviour.methods.has(request.method!)) {
      return refuse(response, 403, "This distribution is not configured to allow the HTTP method.");
    }
    const answered = this.prepare(behaviour, request);
    if (answered) {
      response.writeHead(answered.status, answered.headers).end(answered.body);
      return;
    }
    behaviour.origin.request(request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const behaviour = this.find(request);
    if (behaviour.origin.upgrade === undefined) {
      return refuseUpgrade(socket, 403, "There is no WebSocket at this path.");
    }
    const answered = this.prepare(behaviour, request);
    if (answered) {
      return refuseUpgrade(socket, answered.status, answered.body);
    }
    behaviour.origin.upgrade(request, socket, head);
  }

  private find(request: IncomingMessage): Behaviour {
    const path = request.url!.split("?", 1)[0]!;
    return this.behaviours.find(({ matches }) => matches(path))!;
  }

  /** Makes the viewer's request the one that the origin gets; or tells what a function answered in its place. */
  private prepare(behaviour: Behaviour, request: IncomingMessage) {
    const address = request.socket.remoteAddress ?? "";
    if (behaviour.viewerRequest) {
      const result = behaviour.viewerRequest(request, address);
      if ("response" in result) {
        return result.response;
      }
      request.url = result.request.url;
      replaceHeaders(request, result.request.headers);
    }
    const root = this.resource.inputs.defaultRootObject;
    if (root && request.url!.split("?", 1)[0] === "/") {
      request.url = request.url!.replace("/", `/${root}`);
    }
    replaceHeaders(
      request,
      originHeaders(
        request.headers,
        address,
        behaviour.originInputs,
        behaviour.originRequestPolicy,
      ),
    );
    return undefined;
  }

  private behaviour(inputs: any): Behaviour {
    const origin = this.resource.inputs.origins.find(
      ({ originId }: { originId: string }) => originId === inputs.targetOriginId,
    );
    const target = origin && this.findOrigin(origin.domainName, this.resource);
    if (target === undefined) {
      throw new Error(
        `${this.resource.name}: the behaviour ${inputs.pathPattern} leads to the origin ` +
          `${inputs.targetOriginId} (${origin?.domainName ?? "not declared"}), and nothing in the stack answers there.`,
      );
    }
    const headers = this.referred(
      "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
      inputs.responseHeadersPolicyId,
    );
    return {
      matches: pathMatcher(inputs.pathPattern),
      methods: new Set(inputs.allowedMethods),
      origin: target,
      originInputs: origin,
      originRequestPolicy: this.referred(
        "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
        inputs.originRequestPolicyId,
      ),
      responseHeaders: headers && policyHeaders(headers),
      viewerRequest: this.viewerRequest(inputs),
    };
  }

  private viewerRequest(inputs: any): ViewerFunction | undefined {
    const association = (inputs.functionAssociations ?? []).find(
      ({ eventType }: { eventType: string }) => eventType === "viewer-request",
    );
    const resource =
      association &&
      this.graph
        .ofType("aws:cloudfront/function:Function")
        .find(({ outputs }) => outputs.arn === association.functionArn);
    return resource && viewerFunction(resource, this.resource.id);
  }

  private referred(type: string, id: string | undefined): Resource | undefined {
    if (id === undefined) {
      return undefined;
    }
    const resource = this.graph.withId(type, id);
    if (resource === undefined) {
      throw new Error(
        `${this.resource.name}: the policy ${id} is not of the stack, and managed ones are not served locally.`,
      );
    }
    return resource;
  }
}

/** All three views of the headers, since an origin may read any. */
function replaceHeaders(request: IncomingMessage, headers: IncomingHttpHeaders): void {
  const values = Object.entries(headers).map(
    ([name, value]) => [name, [value ?? []].flat()] as const,
  );
  request.headers = headers;
  request.headersDistinct = Object.fromEntries(values);
  request.rawHeaders = values.flatMap(([name, list]) => list.flatMap((value) => [name, value]));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}

function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  socket.end(
    `HTTP/1.1 ${status} \r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\n` +
      `Connection: close\r\n\r\n${message}`,
  );
}
