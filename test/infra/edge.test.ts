import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { endpoints, evaluated, find, only, type Variant } from "../support/evaluations";

const distribution = "aws:cloudfront/distribution:Distribution";
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

describe("the distribution", () => {
  let graph: Graph;
  before(async () => ({ graph } = await evaluated("prod")));

  const distributionOf = async (variant: Variant) =>
    only((await evaluated(variant)).graph, distribution).inputs;

  function apiOrigin(name: string) {
    const { id } = find(graph, "aws:apigatewayv2/api:Api", name);
    const secret = only(graph, "random:index/randomPassword:RandomPassword").outputs.result;
    return {
      originId: name,
      domainName: `${id}.execute-api.eu-west-1.amazonaws.com`,
      customOriginConfig: {
        httpPort: 80,
        httpsPort: 443,
        originProtocolPolicy: "https-only",
        originSslProtocols: ["TLSv1.2"],
      },
      customHeaders: [{ name: "x-origin-verify", value: secret }],
    };
  }

  function webSocketBehavior(pathPattern: string) {
    return {
      pathPattern,
      targetOriginId: "websocket",
      viewerProtocolPolicy: "https-only",
      allowedMethods: ["GET", "HEAD"],
      cachedMethods: ["GET", "HEAD"],
      cachePolicyId: cachingDisabled,
      originRequestPolicyId: only(graph, "aws:cloudfront/originRequestPolicy:OriginRequestPolicy")
        .id,
      functionAssociations: [
        {
          eventType: "viewer-request",
          functionArn: find(graph, "aws:cloudfront/function:Function", "viewer-host").outputs.arn,
        },
      ],
    };
  }

  it("leads each path to its origin, on the stack's domain", () => {
    const bucket = only(graph, "aws:s3/bucket:Bucket");
    const toApis = only(graph, "aws:cloudfront/originRequestPolicy:OriginRequestPolicy").id;
    const headers = only(graph, "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").id;
    assert.deepEqual(only(graph, distribution).inputs, {
      comment: "switchboard-prod",
      enabled: true,
      isIpv6Enabled: true,
      httpVersion: "http2and3",
      priceClass: "PriceClass_All",
      aliases: ["app.acme.test"],
      defaultRootObject: "index.html",
      origins: [
        {
          originId: "site",
          domainName: `${bucket.outputs.bucket}.s3.eu-west-1.amazonaws.com`,
          originAccessControlId: only(
            graph,
            "aws:cloudfront/originAccessControl:OriginAccessControl",
          ).id,
        },
        apiOrigin("http"),
        apiOrigin("websocket"),
      ],
      defaultCacheBehavior: {
        targetOriginId: "site",
        viewerProtocolPolicy: "redirect-to-https",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: cachingOptimized,
        compress: true,
        responseHeadersPolicyId: headers,
        functionAssociations: [
          {
            eventType: "viewer-request",
            functionArn: find(graph, "aws:cloudfront/function:Function", "single-page").outputs.arn,
          },
        ],
      },
      orderedCacheBehaviors: [
        {
          pathPattern: "/http/*",
          targetOriginId: "http",
          viewerProtocolPolicy: "https-only",
          allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
          cachedMethods: ["GET", "HEAD"],
          cachePolicyId: cachingDisabled,
          originRequestPolicyId: toApis,
          responseHeadersPolicyId: headers,
          compress: true,
        },
        webSocketBehavior("/ws"),
        webSocketBehavior("/ws/*"),
      ],
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: {
        acmCertificateArn: only(graph, "aws:acm/certificate:Certificate").outputs.arn,
        sslSupportMethod: "sni-only",
        minimumProtocolVersion: "TLSv1.2_2021",
      },
    });
  });

  it("stays on CloudFront's domain and certificate where there is no other", async () => {
    for (const variant of ["domainless", "dev"] as const) {
      const { aliases, viewerCertificate } = await distributionOf(variant);
      assert.equal(aliases, undefined);
      assert.deepEqual(viewerCertificate, { cloudfrontDefaultCertificate: true });
    }
  });

  it("is served from the locations of the setting", async () => {
    assert.equal((await distributionOf("dev")).priceClass, "PriceClass_100");
  });

  it("hands on to the APIs all that the viewer sent but the Host", () => {
    assert.deepEqual(only(graph, "aws:cloudfront/originRequestPolicy:OriginRequestPolicy").inputs, {
      name: "switchboard-prod-all-but-host",
      comment: "All that the viewer sent but the Host header",
      headersConfig: { headerBehavior: "allExcept", headers: { items: ["host"] } },
      cookiesConfig: { cookieBehavior: "all" },
      queryStringsConfig: { queryStringBehavior: "all" },
    });
  });

  function securityHeaders(variant: string, cognito: string) {
    return {
      name: `switchboard-${variant}-security-headers`,
      comment: "Keeps browsers to TLS, to this origin, and to the types that are declared",
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: 63_072_000,
          includeSubdomains: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: "DENY", override: true },
        referrerPolicy: { referrerPolicy: "same-origin", override: true },
        contentSecurityPolicy: {
          contentSecurityPolicy:
            `default-src 'self'; connect-src 'self' ${cognito}; base-uri 'none'; ` +
            "form-action 'self'; frame-ancestors 'none'; object-src 'none'",
          override: true,
        },
      },
    };
  }

  it("adds security headers that let pages reach this origin and the pool", async () => {
    const policy = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy";
    assert.deepEqual(
      only(graph, policy).inputs,
      securityHeaders("prod", "https://cognito-idp.eu-west-1.amazonaws.com"),
    );
    const { graph: local } = await evaluated("local");
    assert.deepEqual(only(local, policy).inputs, securityHeaders("local", endpoints.cognito));
  });
});
