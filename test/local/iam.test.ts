import assert from "node:assert/strict";
import { Graph, type Resource } from "../../local/graph";
import { AccessDenied, Iam, InvalidPolicy, UnrecognizedClient } from "../../local/iam";
import { resource, role, roleArn } from "./iamFixture";

const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/chat";

function rolePolicy(policy: unknown): Resource {
  return resource("aws:iam/rolePolicy:RolePolicy", "grants", { role: "handlers", policy });
}

/** Whether a role with these statements may do something, by the default to the chat table. */
function may(statements: object | object[], action: string, on = table): boolean {
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return isAllowed(new Iam(new Graph([role(), rolePolicy(policy)])), action, on);
}

function isAllowed(iam: Iam, action: string, on = table): boolean {
  const { accessKeyId } = iam.credentialsFor(roleArn, "f");
  try {
    iam.authorize(accessKeyId, action, on);
    return true;
  } catch (error) {
    assert(error instanceof AccessDenied);
    return false;
  }
}

const allow = (rest: object) => ({ Effect: "Allow", ...rest });
const get = "dynamodb:GetItem";

describe("local IAM: policies", () => {
  it("allow by action and resource, and nothing else", () => {
    const statement = allow({ Action: get, Resource: table });
    assert(may(statement, get));
    assert(may([allow({ Action: ["x:Y", get], Resource: ["*"] })], get));
    assert(!may(statement, "dynamodb:PutItem"));
    assert(!may(statement, get, `${table}/index/byId`));
    assert(!may([], get));
  });

  it("match actions in any case and resources in theirs", () => {
    assert(may(allow({ Action: "DynamoDB:getitem", Resource: table }), get));
    assert(!may(allow({ Action: get, Resource: table.toUpperCase() }), get));
  });

  it("match wildcards", () => {
    assert(may(allow({ Action: "dynamodb:Get*", Resource: "*" }), get));
    assert(may(allow({ Action: "*", Resource: "arn:aws:dynamodb:*:*:table/ch?t" }), get));
    assert(may(allow({ Action: "*", Resource: `${table}/*` }), get, `${table}/index/byId`));
    assert(!may(allow({ Action: "dynamodb:Put*", Resource: "*" }), get));
    assert(!may(allow({ Action: "*", Resource: `${table}?` }), get));
    // Other characters stand for themselves.
    assert(!may(allow({ Action: "dynamodb.GetItem", Resource: "*" }), get));
    assert(may(allow({ Action: "*", Resource: "a/$connect(x)" }), get, "a/$connect(x)"));
  });

  it("take NotAction and NotResource for all others", () => {
    assert(may(allow({ NotAction: "dynamodb:Put*", Resource: "*" }), get));
    assert(!may(allow({ NotAction: ["x:Y", get], Resource: "*" }), get));
    assert(may(allow({ Action: "*", NotResource: `${table}/*` }), get));
    assert(!may(allow({ Action: "*", NotResource: table }), get));
  });

  it("let a Deny win", () => {
    const deny = { Effect: "Deny", Action: get, Resource: "*" };
    const all = allow({ Action: "*", Resource: "*" });
    assert(!may([deny, all], get));
    assert(!may([all, deny], get));
    assert(may([all, deny], "dynamodb:Query"));
  });

  it("evaluate conditions: all operators and keys, any value", () => {
    const when = (Condition: object) => may(allow({ Action: get, Resource: "*", Condition }), get);
    assert(when({ StringEquals: { "aws:RequestedRegion": ["us-east-1", "eu-west-1"] } }));
    assert(!when({ StringEquals: { "aws:RequestedRegion": "EU-WEST-1" } }));
    assert(when({ StringLike: { "AWS:requestedregion": "eu-*" } }));
    assert(when({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/hand*" } }));
    assert(when({ ArnEquals: { "aws:PrincipalArn": roleArn } }));
    // A wildcard stays within its part of the ARN.
    assert(!when({ ArnLike: { "aws:PrincipalArn": "arn:aws:*:role/handlers" } }));
    assert(when({ Bool: { "aws:SecureTransport": true } }));
    assert(!when({ Bool: { "aws:SecureTransport": "false" } }));
    assert(
      !when({
        Bool: { "aws:SecureTransport": "true" },
        StringEquals: { "aws:RequestedRegion": "us-east-1" },
      }),
    );
  });

  it("take a key that the request lacks as AWS does", () => {
    const when = (Condition: object) => may(allow({ Action: get, Resource: "*", Condition }), get);
    const key = { "aws:SourceArn": "arn:aws:sns:::x" };
    assert(!when({ ArnEquals: key }));
    assert(when({ ArnEqualsIfExists: key }));
    assert(when({ "ForAllValues:StringEquals": key }));
    assert(!when({ "ForAnyValue:StringEquals": key }));
  });

  it("come from the role, from RolePolicy and from attachments", () => {
    const policy = (action: string) => ({ Statement: [allow({ Action: action, Resource: "*" })] });
    const own = "arn:aws:iam::000000000000:policy/own";
    const managed = "arn:aws:iam::aws:policy";
    const iam = new Iam(
      new Graph([
        role({
          inlinePolicies: [{ name: "inline", policy: JSON.stringify(policy("a:Inline")) }],
          managedPolicyArns: [`${managed}/service-role/AWSLambdaBasicExecutionRole`],
        }),
        rolePolicy(policy("a:RolePolicy")),
        resource("aws:iam/policy:Policy", "own", { policy: policy("a:Own") }, { arn: own }),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "own", {
          role: "handlers",
          policyArn: own,
        }),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "xray", {
          role: roleArn,
          policyArn: `${managed}/AWSXRayDaemonWriteAccess`,
        }),
      ]),
    );
    const actions = ["a:Inline", "a:RolePolicy", "a:Own", "logs:PutLogEvents"];
    for (const action of [...actions, "xray:PutTraceSegments"]) assert(isAllowed(iam, action));
    assert(!isAllowed(iam, "a:Other"));
  });

  const refused: [what: string, resources: Resource[], message: RegExp][] = [
    [
      "a managed policy that is not known",
      [
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "all", {
          role: "handlers",
          policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
        }),
      ],
      /^attachment all: .*AdministratorAccess/,
    ],
    [
      "a policy for no role",
      [resource("aws:iam/rolePolicy:RolePolicy", "lost", { role: "none", policy: {} })],
      /RolePolicy lost: there is no role "none"/,
    ],
    [
      "an attachment to more than roles",
      [resource("aws:iam/policyAttachment:PolicyAttachment", "all", { roles: ["handlers"] })],
      /PolicyAttachment all is not supported: use/,
    ],
    ["no JSON", [rolePolicy("{")], /^policy grants: not JSON/],
    ["no statement", [rolePolicy({})], /^policy grants: .*needs a Statement/],
    ...(
      [
        [{ Action: "*", Resource: "*" }, /Effect/],
        [allow({ Resource: "*" }), /either Action or NotAction/],
        [allow({ Action: "*", NotAction: "a:B", Resource: "*" }), /either Action or NotAction/],
        [allow({ Action: "*" }), /either Resource or NotResource/],
        [allow({ Action: "*", Resource: [1] }), /Resource must be text/],
        [allow({ Action: "*", Resource: "a/${aws:username}" }), /variables/],
        [allow({ Action: "*", Resource: "*", Principal: "*" }), /Principal has no place/],
        [
          allow({ Action: "*", Resource: "*", Condition: { DateLessThan: { "aws:x": "1" } } }),
          /operator DateLessThan is not supported/,
        ],
        [
          allow({ Action: "*", Resource: "*", Condition: { StringEquals: { "dynamodb:x": "1" } } }),
          /key dynamodb:x is not supported/,
        ],
      ] as [object, RegExp][]
    ).map(([statement, message]): [string, Resource[], RegExp] => [
      message.source,
      [rolePolicy({ Statement: [allow({ Action: "a:B", Resource: "*" }), statement] })],
      new RegExp(`^policy grants, statement 2: .*${message.source}`),
    ]),
  ];
  for (const [what, resources, message] of refused) {
    it(`are refused by name: ${what}`, () => {
      assert.throws(
        () => new Iam(new Graph([role(), ...resources])),
        (error: Error) => error instanceof InvalidPolicy && message.test(error.message),
      );
    });
  }
});

describe("local IAM: principals", () => {
  const iam = new Iam(
    new Graph([
      role(),
      rolePolicy({
        Statement: [
          allow({ Action: get, Resource: table }),
          { Effect: "Deny", Action: "dynamodb:Scan", Resource: "*" },
        ],
      }),
    ]),
  );

  it("have the same credentials each time, and other ones for another session", () => {
    const first = iam.credentialsFor(roleArn, "send");
    assert.deepEqual(iam.credentialsFor(roleArn, "send"), first);
    assert.notEqual(iam.credentialsFor(roleArn, "echo").accessKeyId, first.accessKeyId);
  });

  it("are denied in AWS's words", () => {
    const { accessKeyId } = iam.credentialsFor(roleArn, "send");
    const user = "User: arn:aws:sts::000000000000:assumed-role/handlers/send is not authorized";
    assert.throws(() => iam.authorize(accessKeyId, "dynamodb:PutItem", table), {
      name: "AccessDeniedException",
      message:
        `${user} to perform: dynamodb:PutItem on resource: ${table} ` +
        "because no identity-based policy allows the dynamodb:PutItem action",
    });
    assert.throws(() => iam.authorize(accessKeyId, "dynamodb:Scan", table), {
      name: "AccessDeniedException",
      message:
        `${user} to perform: dynamodb:Scan on resource: ${table} ` +
        "with an explicit deny in an identity-based policy",
    });
  });

  it("are unknown by keys that were not given out", () => {
    assert.throws(
      () => iam.authorize("ASIA0000000000000000", get, table),
      (error) =>
        error instanceof UnrecognizedClient && error.name === "UnrecognizedClientException",
    );
    assert.throws(
      () => iam.credentialsFor("arn:aws:iam::000000000000:role/none", "f"),
      InvalidPolicy,
    );
  });

  it("are the same in another process", () => {
    const { accessKeyId } = iam.credentialsFor(roleArn, "send");
    const copy = Iam.fromJSON(JSON.parse(JSON.stringify(iam)));
    copy.authorize(accessKeyId, get, table);
    assert.throws(() => copy.authorize(accessKeyId, "dynamodb:PutItem", table), AccessDenied);
  });

  it("are trusted with a role by its trust policy", () => {
    assert(iam.trusts(roleArn, "lambda.amazonaws.com"));
    assert(!iam.trusts(roleArn, "ec2.amazonaws.com"));
    const deny = { Effect: "Deny", Principal: { Service: "lambda.amazonaws.com" } };
    const assumeRolePolicy = JSON.stringify({ Statement: { ...deny, Action: "sts:AssumeRole" } });
    const denying = new Iam(new Graph([role({ assumeRolePolicy })]));
    assert(!denying.trusts(roleArn, "lambda.amazonaws.com"));
  });
});
