import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config";

export interface AccessLogs {
  http: aws.cloudwatch.LogGroup | undefined;
  webSocket: aws.cloudwatch.LogGroup | undefined;
  /** What must be there before a WebSocket stage may log. */
  prerequisites: pulumi.Resource[];
}

/** The groups that the APIs write a line a request to, where the stack says so. */
export function createAccessLogs(config: StackConfig): AccessLogs {
  if (!config.accessLogs) {
    return { http: undefined, webSocket: undefined, prerequisites: [] };
  }
  const prefix = `/aws/apigateway/${config.application}-${config.environment}`;
  const retentionInDays = config.functions.logRetentionDays;
  return {
    http: new aws.cloudwatch.LogGroup("http-access", { name: `${prefix}-http`, retentionInDays }),
    webSocket: new aws.cloudwatch.LogGroup("websocket-access", {
      name: `${prefix}-websocket`,
      retentionInDays,
    }),
    prerequisites: config.apiGatewayAccountRole ? [createAccountRole()] : [],
  };
}

/**
 * The one role of an account and Region through which API Gateway writes the access logs of WebSocket stages. It
 * stays when the stack goes, since the stages of other stacks may log through it.
 */
function createAccountRole(): aws.apigateway.Account {
  const keep = { retainOnDelete: true };
  const role = new aws.iam.Role(
    "api-gateway-logs",
    {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "apigateway.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      },
    },
    keep,
  );
  const attachment = new aws.iam.RolePolicyAttachment(
    "api-gateway-logs",
    {
      role: role.name,
      policyArn: aws.iam.ManagedPolicy.AmazonAPIGatewayPushToCloudWatchLogs,
    },
    keep,
  );
  return new aws.apigateway.Account(
    "logs",
    { cloudwatchRoleArn: role.arn },
    { ...keep, dependsOn: [attachment] },
  );
}
