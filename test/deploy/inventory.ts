import { callAws, type AwsCall } from "./awsCall";
import type { Emulator } from "./emulator";

/** One of AWS's listing calls, and how the names stand in its answer. */
interface Listing extends AwsCall {
  /** Its first group is a name. */
  pattern: RegExp;
}

/** Everything that the project's stacks make, by the kind of thing. */
const listings: Record<string, Listing> = {
  table: {
    service: "dynamodb",
    target: "DynamoDB_20120810.ListTables",
    pattern: /"([^":]+)"(?=[,\]])/g,
  },
  function: {
    service: "lambda",
    path: "/2015-03-31/functions/",
    pattern: /"FunctionName": ?"([^"]+)"/g,
  },
  role: {
    service: "iam",
    path: "/?Action=ListRoles&Version=2010-05-08",
    pattern: /<RoleName>([^<]+)/g,
  },
  "log group": {
    service: "logs",
    target: "Logs_20140328.DescribeLogGroups",
    pattern: /"logGroupName": ?"([^"]+)"/g,
  },
  "user pool": {
    service: "cognito-idp",
    target: "AWSCognitoIdentityProviderService.ListUserPools",
    body: { MaxResults: 60 },
    pattern: /"Name": ?"([^"]+)"/g,
  },
  API: { service: "apigateway", path: "/v2/apis", pattern: /"name": ?"([^"]+)"/g },
  "account role": {
    service: "apigateway",
    path: "/account",
    pattern: /"cloudwatchRoleArn": ?"[^"]+\/([^"]+)"/g,
  },
  bucket: { service: "s3", pattern: /<Bucket><Name>([^<]+)/g },
  distribution: {
    service: "cloudfront",
    path: "/2020-05-31/distribution",
    pattern: /<DistributionSummary><Id>([^<]+)/g,
  },
  "edge function": {
    service: "cloudfront",
    path: "/2020-05-31/function",
    pattern: /<FunctionSummary><Name>([^<]+)/g,
  },
  "origin access control": {
    service: "cloudfront",
    path: "/2020-05-31/origin-access-control",
    pattern: /<OriginAccessControlSummary><Id>([^<]+)/g,
  },
  "origin request policy": {
    service: "cloudfront",
    path: "/2020-05-31/origin-request-policy?Type=custom",
    pattern: /<OriginRequestPolicy><Id>([^<]+)/g,
  },
  "response headers policy": {
    service: "cloudfront",
    path: "/2020-05-31/response-headers-policy?Type=custom",
    pattern: /<ResponseHeadersPolicy><Id>([^<]+)/g,
  },
  certificate: {
    service: "acm",
    region: "us-east-1",
    target: "CertificateManager.ListCertificates",
    pattern: /"DomainName": ?"([^"]+)"/g,
  },
};

function records(hostedZoneId: string): Listing {
  return {
    service: "route53",
    path: `/2013-04-01/hostedzone/${hostedZoneId}/rrset`,
    pattern: /<ResourceRecordSet><Name>([^<]+<\/Name><Type>[^<]+)/g,
  };
}

/**
 * What there is in the emulator's account, each as `kind name`.
 * @param hostedZoneId a zone whose records count as well
 */
export async function takeInventory(emulator: Emulator, hostedZoneId?: string): Promise<string[]> {
  const found: string[] = [];
  const all = { ...listings, ...(hostedZoneId && { record: records(hostedZoneId) }) };
  for (const [kind, listing] of Object.entries(all)) {
    // XML may be written with line breaks between elements.
    const answer = (await callAws(emulator, listing)).replace(/>\s+</g, "><");
    for (const [, name] of answer.matchAll(listing.pattern)) {
      found.push(`${kind} ${name!.replace("</Name><Type>", " ")}`);
    }
  }
  return found.sort();
}
