import { createHash } from "node:crypto";
import * as fs from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Graph, Resource } from "../graph";

interface StoredObject {
  body: Buffer;
  headers: Record<string, string>;
}

/** The buckets of the graph with the objects that the program puts into them. */
export class Buckets {
  private constructor(
    private readonly graph: Graph,
    private readonly objects: Map<string, StoredObject>,
  ) {}

  static async create(graph: Graph): Promise<Buckets> {
    const objects = new Map<string, StoredObject>();
    for (const resource of graph.ofType("aws:s3/bucketObjectv2:BucketObjectv2")) {
      const { bucket, key } = resource.inputs;
      objects.set(`${bucket}/${key}`, await store(resource));
    }
    return new Buckets(graph, objects);
  }

  /** The bucket at a domain name, read by one who signs as the service does, on behalf of a resource. */
  origin(domainName: string, service: string, sourceArn: string) {
    const bucket = this.graph
      .ofType("aws:s3/bucket:Bucket")
      .find(({ outputs }) => outputs.bucketRegionalDomainName === domainName);
    if (bucket === undefined) {
      return undefined;
    }
    const allowed = this.mayRead(bucket, service, sourceArn);
    return {
      request: (request: IncomingMessage, response: ServerResponse) =>
        this.get(bucket, allowed, request, response),
    };
  }

  private get(
    bucket: Resource,
    allowed: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const key = decodeURIComponent(new URL(request.url!, "http://bucket").pathname.slice(1));
    const object = this.objects.get(`${bucket.outputs.bucket}/${key}`);
    // Without the right to list, S3 does not tell what is missing from what is forbidden.
    if (!allowed || object === undefined) {
      response
        .writeHead(403, { "content-type": "application/xml" })
        .end("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
      return;
    }
    if (request.headers["if-none-match"] === object.headers.etag) {
      response.writeHead(304, object.headers).end();
      return;
    }
    response
      .writeHead(200, { ...object.headers, "content-length": String(object.body.length) })
      .end(request.method === "HEAD" ? undefined : object.body);
  }

  private mayRead(bucket: Resource, service: string, sourceArn: string): boolean {
    const policy = this.graph
      .ofType("aws:s3/bucketPolicy:BucketPolicy")
      .find(({ inputs }) => inputs.bucket === bucket.outputs.bucket)?.inputs.policy;
    const document = typeof policy === "string" ? JSON.parse(policy) : policy;
    return (document?.Statement ?? []).some(
      (statement: any) =>
        statement.Effect === "Allow" &&
        statement.Principal?.Service === service &&
        [statement.Action].flat().includes("s3:GetObject") &&
        [statement.Resource].flat().includes(`${bucket.outputs.arn}/*`) &&
        statement.Condition?.StringEquals?.["AWS:SourceArn"] === sourceArn,
    );
  }
}

async function store({ inputs }: Resource): Promise<StoredObject> {
  const body =
    inputs.source === undefined
      ? Buffer.from(inputs.content ?? "")
      : fs.readFileSync(await inputs.source.path);
  return {
    body,
    headers: {
      "content-type": inputs.contentType ?? "binary/octet-stream",
      etag: `"${createHash("md5").update(body).digest("hex")}"`,
      ...(inputs.cacheControl ? { "cache-control": inputs.cacheControl } : {}),
    },
  };
}
