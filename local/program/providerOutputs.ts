import { createHash, createHmac } from "node:crypto";

/** The account that everything of the local run belongs to. */
export const accountId = "000000000000";

export interface ProviderContext {
  region: string;
  /** What random resources are derived from, so that they keep their values between runs. */
  seed: string;
  /**
   * Where SQS is, in the place of AWS. Clients send to the host that a queue's URL names, whatever their own
   * endpoint (`useQueueUrlAsEndpoint`), so it has to be in the URL.
   */
  sqsEndpoint?: string;
}

interface Registration {
  type: string;
  name: string;
  inputs: Record<string, any>;
}

type Outputs = { id: string } & Record<string, any>;

/**
 * What the provider would have answered for a resource: its id and what it computes, in the shapes that AWS gives
 * them. They depend on type and name alone, so that a pool or an API is the same in the next run.
 */
export function providerOutputs(resource: Registration, context: ProviderContext): Outputs {
  const make = outputs[resource.type];
  return make === undefined
    ? { id: hash(resource, 20), name: named(resource) }
    : make(resource, context);
}

const outputs: Record<string, (resource: Registration, context: ProviderContext) => Outputs> = {
  "aws:acm/certificate:Certificate": (r, { region }) => {
    const arn = arnOf("acm", r.inputs.region ?? region, `certificate/${hash(r, 32)}`);
    return {
      id: arn,
      arn,
      domainValidationOptions: [
        {
          domainName: r.inputs.domainName,
          resourceRecordName: `_${hash(r, 32)}.${r.inputs.domainName}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${hash(r, 31)}.acm-validations.aws.`,
        },
      ],
    };
  },
  "aws:apigatewayv2/api:Api": (r, { region }) => {
    const id = hash(r, 10);
    const scheme = r.inputs.protocolType === "WEBSOCKET" ? "wss" : "https";
    return {
      id,
      name: named(r),
      arn: `arn:aws:apigateway:${region}::/apis/${id}`,
      apiEndpoint: `${scheme}://${id}.execute-api.${region}.amazonaws.com`,
      executionArn: arnOf("execute-api", region, id),
    };
  },
  "aws:apigatewayv2/stage:Stage": (r, { region }) => {
    const name = named(r);
    const api = `${r.inputs.apiId}.execute-api.${region}.amazonaws.com`;
    return {
      id: name,
      name,
      arn: `arn:aws:apigateway:${region}::/apis/${r.inputs.apiId}/stages/${name}`,
      executionArn: arnOf("execute-api", region, `${r.inputs.apiId}/${name}`),
      invokeUrl: name === "$default" ? `https://${api}/` : `wss://${api}/${name}`,
    };
  },
  "aws:cloudfront/distribution:Distribution": (r) => {
    const id = `E${hash(r, 13).toUpperCase()}`;
    return {
      id,
      arn: arnOf("cloudfront", "", `distribution/${id}`),
      domainName: `d${hash(r, 13)}.cloudfront.net`,
      // The zone of all distributions.
      hostedZoneId: "Z2FDTNDATAQYW2",
    };
  },
  "aws:cloudfront/function:Function": (r) => ({
    id: named(r),
    name: named(r),
    arn: arnOf("cloudfront", "", `function/${named(r)}`),
  }),
  "aws:cloudwatch/logGroup:LogGroup": (r, { region }) => ({
    id: named(r),
    name: named(r),
    arn: arnOf("logs", region, `log-group:${named(r)}`),
  }),
  "aws:cognito/userPool:UserPool": (r, { region }) => {
    const id = `${region}_${hash(r, 9)}`;
    return {
      id,
      name: named(r),
      arn: arnOf("cognito-idp", region, `userpool/${id}`),
      endpoint: `cognito-idp.${region}.amazonaws.com/${id}`,
    };
  },
  "aws:cognito/userPoolClient:UserPoolClient": (r) => ({ id: hash(r, 26), name: named(r) }),
  "aws:dynamodb/table:Table": (r, { region }) => ({
    id: named(r),
    name: named(r),
    arn: arnOf("dynamodb", region, `table/${named(r)}`),
  }),
  "aws:iam/role:Role": (r) => ({
    id: named(r),
    name: named(r),
    arn: arnOf("iam", "", `role/${named(r)}`),
  }),
  "aws:iam/rolePolicy:RolePolicy": (r) => ({
    id: `${r.inputs.role}:${named(r)}`,
    name: named(r),
  }),
  "aws:lambda/function:Function": (r, { region }) => {
    const name = named(r);
    const arn = arnOf("lambda", region, `function:${name}`);
    return {
      id: name,
      name,
      arn,
      qualifiedArn: `${arn}:$LATEST`,
      version: "$LATEST",
      invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    };
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": (r, { region }) => {
    const id = hash(r, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const name = String(r.inputs.functionName).replace(/^arn:.*:function:/, "");
    return {
      id,
      uuid: id,
      arn: arnOf("lambda", region, `event-source-mapping:${id}`),
      functionArn: arnOf("lambda", region, `function:${name}`),
      state: r.inputs.enabled === false ? "Disabled" : "Enabled",
    };
  },
  "aws:route53/record:Record": (r) => ({
    id: `${r.inputs.zoneId}_${r.inputs.name}_${r.inputs.type}`,
    fqdn: String(r.inputs.name).replace(/\.$/, ""),
  }),
  "aws:s3/bucket:Bucket": (r, { region }) => {
    const bucket = r.inputs.bucket ?? `${r.name}-${hash(r, 7)}`;
    return {
      id: bucket,
      bucket,
      arn: `arn:aws:s3:::${bucket}`,
      bucketDomainName: `${bucket}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
    };
  },
  "aws:sqs/queue:Queue": (r, { region, sqsEndpoint = `https://sqs.${region}.amazonaws.com` }) => {
    const name = named(r);
    const url = `${sqsEndpoint}/${accountId}/${name}`;
    return { id: url, url, name, arn: arnOf("sqs", region, name) };
  },
  "aws:sqs/queuePolicy:QueuePolicy": (r) => ({ id: r.inputs.queueUrl }),
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": (r) => ({ id: r.inputs.queueUrl }),
  "aws:sqs/redrivePolicy:RedrivePolicy": (r) => ({ id: r.inputs.queueUrl }),
  "random:index/randomPassword:RandomPassword": (r, { seed }) => ({
    id: "none",
    result: createHmac("sha512", seed)
      .update(r.name)
      .digest("base64")
      .replace(/[^A-Za-z0-9]/g, "0")
      .slice(0, r.inputs.length),
  }),
};

/** The name that the program gave, or one as Pulumi makes it. */
function named(resource: Registration): string {
  return resource.inputs.name ?? `${resource.name}-${hash(resource, 7)}`;
}

function hash(resource: Registration, length: number): string {
  return createHash("sha256")
    .update(`${resource.type} ${resource.name}`)
    .digest("hex")
    .slice(0, length);
}

function arnOf(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`;
}
