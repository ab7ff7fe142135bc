import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { Graph } from "../../local/graph";
import { evaluated, type Variant } from "../support/evaluations";

/** What every stack registers, and how many of it. */
const always: Record<string, number> = {
  "aws:apigatewayv2/api:Api": 2,
  "aws:apigatewayv2/authorizer:Authorizer": 2,
  "aws:apigatewayv2/integration:Integration": 12,
  "aws:apigatewayv2/integrationResponse:IntegrationResponse": 2,
  "aws:apigatewayv2/route:Route": 14,
  "aws:apigatewayv2/routeResponse:RouteResponse": 9,
  "aws:apigatewayv2/stage:Stage": 2,
  "aws:cloudfront/distribution:Distribution": 1,
  "aws:cloudfront/function:Function": 2,
  "aws:cloudfront/originAccessControl:OriginAccessControl": 1,
  "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": 1,
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": 1,
  "aws:cloudwatch/logGroup:LogGroup": 13,
  "aws:cognito/userGroup:UserGroup": 1,
  "aws:cognito/userPool:UserPool": 1,
  "aws:cognito/userPoolClient:UserPoolClient": 1,
  "aws:dynamodb/table:Table": 3,
  "aws:iam/role:Role": 13,
  "aws:iam/rolePolicy:RolePolicy": 13,
  "aws:lambda/eventSourceMapping:EventSourceMapping": 1,
  "aws:lambda/function:Function": 13,
  "aws:lambda/permission:Permission": 12,
  "aws:s3/bucket:Bucket": 1,
  // The files of the web app, and config.json.
  "aws:s3/bucketObjectv2:BucketObjectv2": fs.readdirSync("web").length + 1,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
  "aws:s3/bucketPolicy:BucketPolicy": 1,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
  "aws:sqs/queue:Queue": 2,
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": 1,
  "random:index/randomPassword:RandomPassword": 1,
};

/** What a stack has whose endpoints are AWS's own: its queues refuse plain HTTP. */
const overTls: Record<string, number> = { "aws:sqs/queuePolicy:QueuePolicy": 2 };

const accessLogs: Record<string, number> = {
  "aws:apigateway/account:Account": 1,
  "aws:cloudwatch/logGroup:LogGroup": 15,
  "aws:iam/role:Role": 14,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 1,
};

const domain: Record<string, number> = {
  "aws:acm/certificate:Certificate": 1,
  "aws:acm/certificateValidation:CertificateValidation": 1,
  "aws:route53/record:Record": 3,
};

const counts: Record<Variant, Record<string, number>> = {
  // The preflights of ANY and $default have routes, since pages of another origin may call the API.
  dev: { ...always, ...overTls, ...accessLogs, "aws:apigatewayv2/route:Route": 16 },
  prod: { ...always, ...overTls, ...accessLogs, ...domain },
  domainless: { ...always, ...overTls, ...accessLogs },
  local: always,
  preview: { ...always, ...overTls, ...accessLogs, ...domain },
};

/**
 * The names that AWS takes of each type that the program names: their longest length and their characters.
 * A name shows how long it can get, since the application and the environment take at most 20 characters each.
 */
const names: Record<string, [number, RegExp]> = {
  "aws:apigatewayv2/api:Api": [128, /^[\w-]+$/],
  "aws:cloudfront/function:Function": [64, /^[\w-]+$/],
  "aws:cloudfront/originAccessControl:OriginAccessControl": [64, /^[\w-]+$/],
  "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": [128, /^[\w-]+$/],
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [128, /^[\w-]+$/],
  "aws:cloudwatch/logGroup:LogGroup": [512, /^[\w/-]+$/],
  "aws:cognito/userPool:UserPool": [128, /^[\w-]+$/],
  "aws:cognito/userPoolClient:UserPoolClient": [128, /^[\w-]+$/],
  "aws:dynamodb/table:Table": [255, /^[\w.-]{3,}$/],
  "aws:iam/role:Role": [64, /^[\w+=,.@-]+$/],
  "aws:lambda/function:Function": [64, /^[\w-]+$/],
  "aws:sqs/queue:Queue": [80, /^[\w-]+$/],
};

describe("the program", () => {
  for (const variant of Object.keys(counts) as Variant[]) {
    describe(`as ${variant}`, () => {
      let graph: Graph;
      before(async () => ({ graph } = await evaluated(variant)));

      it("registers these resources and no others", () => {
        const types = Object.groupBy(graph.resources, ({ type }) => type);
        const found = Object.entries(types).map(([type, all]) => [type, all!.length] as const);
        assert.deepEqual(Object.fromEntries(found), counts[variant]);
      });

      // Mocks accept a URN twice, the engine does not.
      it("gives no two resources of a type the same name in Pulumi", () => {
        const urns = graph.resources.map(({ urn }) => urn);
        assert.equal(new Set(urns).size, urns.length);
      });

      it("gives no two resources of a type the same name on AWS", () => {
        // APIs of different kinds share a space of names, and so do authorizers; the stages belong to their API.
        const names = graph.resources
          .filter(({ inputs }) => typeof inputs.name === "string")
          .map(({ type, inputs }) =>
            [type, inputs.name, inputs.type ?? "", JSON.stringify(inputs.apiId ?? "")].join(" "),
          );
        assert.equal(new Set(names).size, names.length);
      });
    });
  }

  it("has names that AWS takes, however long the application's and the environment's are", async () => {
    const stack = "switchboard-prod";
    for (const { type, inputs } of (await evaluated("prod")).graph.resources) {
      if (!String(inputs.name).includes(stack)) continue;
      const [longest, characters] = names[type] ?? [];
      assert.ok(longest && characters, type);
      assert.match(inputs.name, characters);
      assert.ok(inputs.name.length - stack.length + 20 + 1 + 20 <= longest, inputs.name);
    }
  });

  it("has the same resources in a preview as in the update after it", async () => {
    const urns = async (variant: Variant) =>
      (await evaluated(variant)).graph.resources.map(({ urn }) => urn).sort();
    assert.deepEqual(await urns("preview"), await urns("prod"));
  });

  it("leaves open in a preview what the provider computes", async () => {
    const { graph } = await evaluated("preview");
    const permissions = graph.ofType("aws:lambda/permission:Permission");
    assert.equal(permissions.length, 12);
    for (const { inputs } of permissions) {
      assert.notEqual(typeof inputs.sourceArn, "string");
      assert.equal(typeof inputs.function, "string");
    }
  });

  it("exports what a deployer needs, on the stack's domain", async () => {
    const { graph, outputs } = await evaluated("prod");
    assert.deepEqual(outputs, {
      region: "eu-west-1",
      url: "https://app.acme.test",
      webSocketUrl: "wss://app.acme.test/ws",
      userPoolId: graph.ofType("aws:cognito/userPool:UserPool")[0]!.id,
      userPoolClientId: graph.ofType("aws:cognito/userPoolClient:UserPoolClient")[0]!.id,
      connectionsTable: "switchboard-prod-connections",
      subscriptionsTable: "switchboard-prod-subscriptions",
      messagesTable: "switchboard-prod-messages",
    });
  });

  it("exports the addresses of the distribution where there is no domain", async () => {
    const { graph, outputs } = await evaluated("domainless");
    const [distribution] = graph.ofType("aws:cloudfront/distribution:Distribution");
    assert.equal(outputs.url, `https://${distribution!.outputs.domainName}`);
    assert.equal(outputs.webSocketUrl, `wss://${distribution!.outputs.domainName}/ws`);
  });

  it("exports the addresses that it is told to be reached at", async () => {
    const { outputs } = await evaluated("local");
    assert.equal(outputs.url, "http://localhost:8080");
    assert.equal(outputs.webSocketUrl, "ws://localhost:8080/ws");
  });
});
