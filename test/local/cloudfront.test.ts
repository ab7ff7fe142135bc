import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { pathMatcher } from "../../local/cloudfront/pathPattern";
import { Distribution, type Origin } from "../../local/cloudfront/distribution";
import { Front } from "../../local/front";
import { Graph, type Resource } from "../../local/graph";

function resource(type: string, name: string, inputs: any, outputs: any = {}): Resource {
  return {
    urn: `${type}::${name}`,
    type,
    name,
    id: name,
    inputs,
    outputs: { ...inputs, ...outputs },
  };
}

/** An origin that answers with what it was sent. */
const mirror: Origin = {
  request: (request, response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "x-frame-options": "SAMEORIGIN",
    });
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  },
};

const rewrite = resource(
  "aws:cloudfront/function:Function",
  "rewrite",
  {
    code: `function handler(event) {
      var request = event.request;
      if (request.uri === "/old") {
        return { statusCode: 301, statusDescription: "Moved Permanently", headers: { location: { value: "/new" } } };
      }
      request.headers["x-asked-host"] = { value: request.headers.host.value };
      request.uri = "/rewritten" + request.uri;
      return request;
    }`,
  },
  { arn: "arn:rewrite" },
);
const failing = resource(
  "aws:cloudfront/function:Function",
  "failing",
  { code: `function handler() { throw new Error("no"); }` },
  { arn: "arn:failing" },
);
const allButHost = resource(
  "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
  "all-but-host",
  {
    headersConfig: { headerBehavior: "allExcept", headers: { items: ["Host", "X-Secret"] } },
  },
);
const security = resource(
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
  "security",
  {
    securityHeadersConfig: {
      strictTransportSecurity: {
        accessControlMaxAgeSec: 60,
        includeSubdomains: true,
        override: true,
      },
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "same-origin", override: false },
    },
    customHeadersConfig: { items: [{ header: "X-Team", value: "edge", override: false }] },
  },
);
const distribution = resource("aws:cloudfront/distribution:Distribution", "edge", {
  defaultRootObject: "index.html",
  origins: [
    {
      originId: "mirror",
      domainName: "mirror.example",
      customHeaders: [{ name: "X-Origin-Verify", value: "secret" }],
    },
  ],
  orderedCacheBehaviors: [
    {
      pathPattern: "/api/*",
      targetOriginId: "mirror",
      allowedMethods: ["GET", "HEAD", "POST"],
      originRequestPolicyId: "all-but-host",
      functionAssociations: [{ eventType: "viewer-request", functionArn: "arn:rewrite" }],
    },
    {
      pathPattern: "/old",
      targetOriginId: "mirror",
      allowedMethods: ["GET", "HEAD"],
      functionAssociations: [{ eventType: "viewer-request", functionArn: "arn:rewrite" }],
    },
    {
      pathPattern: "/failing",
      targetOriginId: "mirror",
      allowedMethods: ["GET", "HEAD"],
      functionAssociations: [{ eventType: "viewer-request", functionArn: "arn:failing" }],
    },
  ],
  defaultCacheBehavior: {
    targetOriginId: "mirror",
    allowedMethods: ["GET", "HEAD"],
    responseHeadersPolicyId: "security",
  },
});

describe("local CloudFront", () => {
  const lines: string[] = [];
  const front = new Front((line) => lines.push(line));
  let url: string;

  before(async () => {
    const graph = new Graph([rewrite, failing, allButHost, security, distribution]);
    front.serve(new Distribution(graph, distribution, () => mirror));
    await new Promise<void>((resolve) => front.server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(front.server.address() as AddressInfo).port}`;
  });
  after(() => front.close());

  it("takes the first behaviour whose pattern matches, and the default otherwise", async () => {
    const api = (await (await fetch(`${url}/api/x?b=2&a=1&b=3`)).json()) as any;
    assert.equal(api.url, "/rewritten/api/x?b=2&b=3&a=1");
    const other = (await (await fetch(`${url}/other?a=%20%2F`)).json()) as any;
    assert.equal(other.url, "/other?a=%20%2F");
  });

  it("matches patterns as CloudFront does", () => {
    assert.equal(pathMatcher("/ws/*")("/ws"), false);
    assert.equal(pathMatcher("/ws/*")("/ws/"), true);
    assert.equal(pathMatcher("/ws")("/ws/"), false);
    assert.equal(pathMatcher("/a?c")("/abc"), true);
    assert.equal(pathMatcher("*.js")("/deep/app.js"), true);
    assert.equal(pathMatcher("images/*")("/images/x"), true);
    assert.equal(pathMatcher("/A")("/a"), false);
    assert.equal(pathMatcher("/a.c")("/abc"), false);
  });

  it("hands on the viewer's headers that the policy allows, with Host and custom headers of the origin", async () => {
    const answer = await fetch(`${url}/api/`, {
      headers: {
        authorization: "Bearer x",
        "x-secret": "1",
        "x-origin-verify": "forged",
        "x-forwarded-for": "203.0.113.9",
      },
    });
    const { headers } = (await answer.json()) as any;
    assert.equal(headers.authorization, "Bearer x");
    assert.equal(headers["x-secret"], undefined);
    assert.equal(headers.host, "mirror.example");
    assert.equal(headers["x-origin-verify"], "secret");
    assert.equal(headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
    assert.match(headers["x-asked-host"], /^127\.0\.0\.1:\d+$/);
  });

  it("hands on no header of the viewer without a policy", async () => {
    const answer = await fetch(`${url}/x`, { headers: { authorization: "Bearer x" } });
    const { headers } = (await answer.json()) as any;
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["x-origin-verify"], "secret");
  });

  it("adds the headers of the response headers policy, over those of the origin where told", async () => {
    const { headers } = await fetch(`${url}/x`);
    assert.equal(headers.get("strict-transport-security"), "max-age=60; includeSubDomains");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "same-origin");
    assert.equal(headers.get("x-team"), "edge");
    assert.equal(headers.get("content-type"), "application/json");
  });

  it("lets a function answer", async () => {
    const answer = await fetch(`${url}/old`, { redirect: "manual" });
    assert.equal(answer.status, 301);
    assert.equal(answer.headers.get("location"), "/new");
  });

  it("serves the default root object, refuses methods, and survives a function that throws", async () => {
    assert.equal(((await (await fetch(`${url}/?a=1`)).json()) as any).url, "/index.html?a=1");
    assert.equal((await fetch(`${url}/x`, { method: "DELETE" })).status, 403);
    assert.equal((await fetch(`${url}/failing?token=secret`)).status, 400);
    assert.match(lines.join("\n"), /GET \/failing: no/);
    assert.doesNotMatch(lines.join("\n"), /secret/);
    assert.equal((await fetch(`${url}/x`)).status, 200);
  });

  it("refuses a WebSocket where the origin has none", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      http
        .get(`${url}/x`, {
          headers: {
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            "sec-websocket-version": "13",
          },
        })
        .on("response", (response) => resolve(response.statusCode))
        .on("error", reject);
    });
    assert.equal(status, 403);
  });

  it("names the behaviour whose origin is not of the stack", () => {
    assert.throws(
      () =>
        new Distribution(
          new Graph([rewrite, failing, allButHost, security]),
          distribution,
          () => undefined,
        ),
      /edge: the behaviour \/api\/\* leads to the origin mirror \(mirror\.example\), and nothing/,
    );
  });
});
