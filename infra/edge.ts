import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { webSocketPath, type Api } from "./api";
import { createCertificate, createAliases } from "./domain";
import type { StackConfig } from "./config";
import type { OriginSecret } from "./originSecret";
import { createSite } from "./site";

export interface Edge {
  distribution: aws.cloudfront.Distribution;
  /** The private bucket that the distribution serves the web app from. */
  bucket: aws.s3.Bucket;
  /** Where people reach the stack: `https://` and its domain, without a slash at the end. */
  url: pulumi.Output<string>;
  /** `wss://` and its domain, with the path. */
  webSocketUrl: pulumi.Output<string>;
}

/**
 * CloudFront's managed cache policies.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
 */
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/** One domain for the web app, the HTTP API and the WebSocket API. */
export function createEdge(
  config: StackConfig,
  { api, originSecret }: { api: Api; originSecret: OriginSecret },
): Edge {
  const name = `${config.application}-${config.environment}`;
  const certificate = config.domain && createCertificate(config.domain);
  const site = createSite(config);
  const functions = createFunctions(name);
  const toApis = createOriginRequestPolicy(name);
  const responseHeaders = createResponseHeadersPolicy(name, config);

  const distribution = new aws.cloudfront.Distribution("edge", {
    comment: name,
    enabled: true,
    isIpv6Enabled: true,
    httpVersion: "http2and3",
    priceClass: config.priceClass,
    aliases: config.domain && [config.domain.name],
    defaultRootObject: "index.html",
    origins: [
      {
        originId: "site",
        domainName: site.bucket.bucketRegionalDomainName,
        originAccessControlId: site.accessControl.id,
      },
      apiOrigin("http", api.http.api, originSecret),
      apiOrigin("websocket", api.webSocket.api, originSecret),
    ],
    defaultCacheBehavior: {
      targetOriginId: "site",
      viewerProtocolPolicy: "redirect-to-https",
      allowedMethods: ["GET", "HEAD"],
      cachedMethods: ["GET", "HEAD"],
      cachePolicyId: cachingOptimized,
      compress: true,
      responseHeadersPolicyId: responseHeaders.id,
      functionAssociations: [
        { eventType: "viewer-request", functionArn: functions.singlePage.arn },
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
        originRequestPolicyId: toApis.id,
        responseHeadersPolicyId: responseHeaders.id,
        compress: true,
      },
      // A pattern that ends in /* does not match the path without a slash, which clients use.
      ...[`/${webSocketPath}`, `/${webSocketPath}/*`].map((pathPattern) => ({
        pathPattern,
        targetOriginId: "websocket",
        viewerProtocolPolicy: "https-only",
        // A handshake is a GET; the management API at the same origin stays out of reach.
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: cachingDisabled,
        originRequestPolicyId: toApis.id,
        functionAssociations: [
          { eventType: "viewer-request", functionArn: functions.viewerHost.arn },
        ],
      })),
    ],
    restrictions: { geoRestriction: { restrictionType: "none" } },
    viewerCertificate:
      certificate === undefined
        ? { cloudfrontDefaultCertificate: true }
        : {
            acmCertificateArn: certificate.certificateArn,
            sslSupportMethod: "sni-only",
            minimumProtocolVersion: "TLSv1.2_2021",
          },
  });
  site.allow(distribution);
  if (config.domain) {
    createAliases(config.domain, distribution);
  }

  const url =
    config.publicEndpoint === undefined
      ? pulumi.interpolate`https://${config.domain?.name ?? distribution.domainName}`
      : pulumi.output(config.publicEndpoint);
  return {
    distribution,
    bucket: site.bucket,
    url,
    webSocketUrl: pulumi.interpolate`${url.apply((base) => base.replace(/^http/, "ws"))}/${webSocketPath}`,
  };
}

function apiOrigin(
  originId: string,
  api: aws.apigatewayv2.Api,
  secret: OriginSecret,
): aws.types.input.cloudfront.DistributionOrigin {
  return {
    originId,
    domainName: api.apiEndpoint.apply((endpoint) => new URL(endpoint).host),
    customOriginConfig: {
      httpPort: 80,
      httpsPort: 443,
      originProtocolPolicy: "https-only",
      originSslProtocols: ["TLSv1.2"],
    },
    customHeaders: [{ name: secret.header, value: secret.value }],
  };
}

function createFunctions(name: string) {
  function create(file: string, suffix: string, comment: string): aws.cloudfront.Function {
    return new aws.cloudfront.Function(suffix, {
      name: `${name}-${suffix}`,
      comment,
      runtime: "cloudfront-js-2.0",
      publish: true,
      code: fs.readFileSync(`infra/cloudfront/${file}.js`, "utf8"),
    });
  }
  return {
    singlePage: create(
      "singlePage",
      "single-page",
      "Leads the pages of the web app to its one file",
    ),
    viewerHost: create(
      "viewerHost",
      "viewer-host",
      "Tells the WebSocket API which host was asked for",
    ),
  };
}

/** What CloudFront hands on to the APIs: everything but Host, which must be their own. */
function createOriginRequestPolicy(name: string): aws.cloudfront.OriginRequestPolicy {
  return new aws.cloudfront.OriginRequestPolicy("to-apis", {
    name: `${name}-all-but-host`,
    comment: "All that the viewer sent but the Host header",
    headersConfig: { headerBehavior: "allExcept", headers: { items: ["host"] } },
    cookiesConfig: { cookieBehavior: "all" },
    queryStringsConfig: { queryStringBehavior: "all" },
  });
}

function createResponseHeadersPolicy(
  name: string,
  config: StackConfig,
): aws.cloudfront.ResponseHeadersPolicy {
  const cognito =
    config.cognitoEndpoint ??
    pulumi.interpolate`https://cognito-idp.${aws.getRegionOutput().region}.amazonaws.com`;
  return new aws.cloudfront.ResponseHeadersPolicy("security-headers", {
    name: `${name}-security-headers`,
    comment: "Keeps browsers to TLS, to this origin, and to the types that are declared",
    securityHeadersConfig: {
      // Two years, the least that browsers ask of a domain on their preload lists is one.
      strictTransportSecurity: {
        accessControlMaxAgeSec: 63_072_000,
        includeSubdomains: true,
        override: true,
      },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "same-origin", override: true },
      contentSecurityPolicy: {
        contentSecurityPolicy: pulumi.interpolate`default-src 'self'; connect-src 'self' ${cognito}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'`,
        override: true,
      },
    },
  });
}
