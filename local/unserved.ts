import type { Graph } from "./graph";

/** The types that some module of the local run serves. */
const served = [
  /^aws:apigatewayv2\//,
  /^aws:cloudfront\/(distribution|function|originRequestPolicy|responseHeadersPolicy):/,
  /^aws:cognito\/(userPool|userPoolClient|userGroup):/,
  /^aws:dynamodb\/table:/,
  /^aws:iam\/(role|rolePolicy|rolePolicyAttachment|policy):/,
  /^aws:lambda\/(eventSourceMapping|function|permission):/,
  /^aws:s3\/(bucket|bucketObjectv2|bucketPolicy):/,
  /^aws:sqs\/(queue|queuePolicy|redriveAllowPolicy|redrivePolicy):/,
  /^random:index\//,
];

/** The types that have nothing to do on one machine, each with the reason. */
const needless: Record<string, string> = {
  "aws:acm/certificate:Certificate": "loopback has no TLS",
  "aws:acm/certificateValidation:CertificateValidation": "loopback has no TLS",
  "aws:apigateway/account:Account": "access logs go to the console",
  "aws:cloudfront/originAccessControl:OriginAccessControl": "the bucket's policy is checked itself",
  "aws:cloudwatch/logGroup:LogGroup": "logs go to the console",
  "aws:route53/record:Record": "loopback has no names of its own",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "nobody else has an account here",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
    "the distribution is the only way to a bucket",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "objects are in memory",
};

/** Resources of the graph that the local run does nothing for and has no reason not to, one line each. */
export function unserved(graph: Graph): string[] {
  return graph.resources
    .filter(({ type }) => !(type in needless) && !served.some((pattern) => pattern.test(type)))
    .map(({ type, name }) => `${type} "${name}" has no counterpart in the local run.`);
}
