import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { Graph } from "../../local/graph";
import { endpoints, evaluated, find, only, type Variant } from "../support/evaluations";

const object = "aws:s3/bucketObjectv2:BucketObjectv2";

describe("the site's bucket", () => {
  let graph: Graph;
  let bucket: string;
  before(async () => {
    ({ graph } = await evaluated("prod"));
    bucket = only(graph, "aws:s3/bucket:Bucket").outputs.bucket;
  });

  it("is private, encrypted, and without access lists", () => {
    assert.deepEqual(only(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs, {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    assert.deepEqual(only(graph, "aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs, {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const encryption =
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    assert.deepEqual(only(graph, encryption).inputs, {
      bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
  });

  it("is read by the one distribution, over TLS", () => {
    const arn = `arn:aws:s3:::${bucket}`;
    assert.deepEqual(only(graph, "aws:s3/bucketPolicy:BucketPolicy").inputs, {
      bucket,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "ReadByTheDistribution",
            Effect: "Allow",
            Principal: { Service: "cloudfront.amazonaws.com" },
            Action: "s3:GetObject",
            Resource: `${arn}/*`,
            Condition: {
              StringEquals: {
                "AWS:SourceArn": only(graph, "aws:cloudfront/distribution:Distribution").outputs
                  .arn,
              },
            },
          },
          {
            Sid: "OnlyOverTls",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    });
    assert.deepEqual(only(graph, "aws:cloudfront/originAccessControl:OriginAccessControl").inputs, {
      name: "switchboard-prod-site",
      description: "Signs what the distribution reads from the bucket",
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
  });

  it("goes with its files where the stack is not protected", async () => {
    assert.deepEqual(only(graph, "aws:s3/bucket:Bucket").inputs, { forceDestroy: false });
    const { graph: dev } = await evaluated("dev");
    assert.deepEqual(only(dev, "aws:s3/bucket:Bucket").inputs, { forceDestroy: true });
  });

  it("holds the files of the web app, each with its type", async () => {
    const types: Record<string, string> = {
      css: "text/css; charset=utf-8",
      html: "text/html; charset=utf-8",
      js: "text/javascript; charset=utf-8",
      svg: "image/svg+xml",
    };
    const files = fs.readdirSync("web");
    assert.ok(files.includes("index.html"));
    for (const file of files) {
      const { source, ...inputs } = find(graph, object, file).inputs;
      assert.equal(await source.path, `web/${file}`);
      assert.deepEqual(inputs, {
        bucket,
        key: file,
        contentType: types[file.split(".").at(-1)!],
        cacheControl: "no-cache",
      });
    }
  });

  describe("config.json", () => {
    async function clientConfig(variant: Variant) {
      const { graph } = await evaluated(variant);
      const { content, ...inputs } = find(graph, object, "config.json").inputs;
      assert.deepEqual(inputs, {
        bucket: only(graph, "aws:s3/bucket:Bucket").outputs.bucket,
        key: "config.json",
        contentType: "application/json",
        cacheControl: "no-store",
      });
      const { userPoolId, userPoolClientId, ...rest } = JSON.parse(content);
      assert.equal(userPoolId, only(graph, "aws:cognito/userPool:UserPool").id);
      const client = only(graph, "aws:cognito/userPoolClient:UserPoolClient");
      assert.equal(userPoolClientId, client.id);
      return rest;
    }

    it("tells where the stack is on its domain", async () => {
      assert.deepEqual(await clientConfig("prod"), {
        region: "eu-west-1",
        cognitoEndpoint: "https://cognito-idp.eu-west-1.amazonaws.com",
        httpUrl: "https://app.acme.test/http",
        wsUrl: "wss://app.acme.test/ws",
      });
    });

    it("tells CloudFront's domain where there is no other", async () => {
      const { outputs } = only(
        (await evaluated("domainless")).graph,
        "aws:cloudfront/distribution:Distribution",
      );
      assert.deepEqual(await clientConfig("domainless"), {
        region: "eu-west-1",
        cognitoEndpoint: "https://cognito-idp.eu-west-1.amazonaws.com",
        httpUrl: `https://${outputs.domainName}/http`,
        wsUrl: `wss://${outputs.domainName}/ws`,
      });
    });

    it("tells the endpoints of the settings", async () => {
      assert.deepEqual(await clientConfig("local"), {
        region: "eu-west-1",
        cognitoEndpoint: endpoints.cognito,
        httpUrl: "http://localhost:8080/http",
        wsUrl: "ws://localhost:8080/ws",
      });
    });
  });
});
