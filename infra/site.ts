import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import * as path from "node:path";
import type { StackConfig } from "./config";

export interface Site {
  bucket: aws.s3.Bucket;
  accessControl: aws.cloudfront.OriginAccessControl;
  /** Lets the one distribution read, and nobody else. */
  allow(distribution: aws.cloudfront.Distribution): void;
}

const folder = "web";

const contentTypes: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A private bucket with the files of the web app. */
export function createSite(
  config: Pick<StackConfig, "protect" | "application" | "environment">,
): Site {
  // The files can be made again from the sources, so a stack that is not protected takes them with it.
  const bucket = new aws.s3.Bucket("site", { forceDestroy: !config.protect });
  const ownership = new aws.s3.BucketOwnershipControls("site", {
    bucket: bucket.bucket,
    rule: { objectOwnership: "BucketOwnerEnforced" },
  });
  const blocked = new aws.s3.BucketPublicAccessBlock("site", {
    bucket: bucket.bucket,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new aws.s3.BucketServerSideEncryptionConfiguration("site", {
    bucket: bucket.bucket,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });
  const accessControl = new aws.cloudfront.OriginAccessControl("site", {
    name: `${config.application}-${config.environment}-site`,
    description: "Signs what the distribution reads from the bucket",
    originAccessControlOriginType: "s3",
    signingBehavior: "always",
    signingProtocol: "sigv4",
  });
  for (const file of fs.readdirSync(folder).sort()) {
    new aws.s3.BucketObjectv2(file, {
      bucket: bucket.bucket,
      key: file,
      source: new pulumi.asset.FileAsset(`${folder}/${file}`),
      contentType: contentTypes[path.extname(file)] ?? "application/octet-stream",
      cacheControl: "no-cache",
    });
  }
  return {
    bucket,
    accessControl,
    allow: (distribution) => {
      new aws.s3.BucketPolicy(
        "site",
        { bucket: bucket.bucket, policy: policy(bucket, distribution) },
        // S3 refuses to change a bucket in two ways at once.
        { dependsOn: [blocked, ownership] },
      );
    },
  };
}

function policy(
  bucket: aws.s3.Bucket,
  distribution: aws.cloudfront.Distribution,
): aws.s3.BucketPolicyArgs["policy"] {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ReadByTheDistribution",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: pulumi.interpolate`${bucket.arn}/*`,
        Condition: { StringEquals: { "AWS:SourceArn": distribution.arn } },
      },
      {
        Sid: "OnlyOverTls",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
