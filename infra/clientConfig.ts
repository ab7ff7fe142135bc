import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Auth } from "./auth";
import type { StackConfig } from "./config";
import type { Edge } from "./edge";

/** Puts `/config.json` beside the web app: all that a client needs to know of the stack, so one build serves every stack. */
export function publishClientConfig(
  config: StackConfig,
  { auth, edge }: { auth: Auth; edge: Edge },
): void {
  const region = aws.getRegionOutput().region;
  new aws.s3.BucketObjectv2("config.json", {
    bucket: edge.bucket.bucket,
    key: "config.json",
    contentType: "application/json",
    cacheControl: "no-store",
    content: pulumi.jsonStringify({
      region,
      userPoolId: auth.userPool.id,
      userPoolClientId: auth.userPoolClient.id,
      cognitoEndpoint:
        config.cognitoEndpoint ?? pulumi.interpolate`https://cognito-idp.${region}.amazonaws.com`,
      httpUrl: pulumi.interpolate`${edge.url}/http`,
      wsUrl: edge.webSocketUrl,
    }),
  });
}
