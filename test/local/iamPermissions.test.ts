import assert from "node:assert/strict";
import { permissionNeeded, resourcePolicy } from "../../local/iam/permissions";
import { apiArn, permission } from "./iamFixture";

const functionArn = "arn:aws:lambda:eu-west-1:000000000000:function:echo";
const invocation = {
  functionArn,
  functionName: "echo",
  service: "apigateway.amazonaws.com",
  sourceArn: `${apiArn}/dev/$connect`,
};

function allows(overrides: Record<string, unknown>, asked: object = {}): boolean {
  return resourcePolicy([permission("echo", overrides)])({ ...invocation, ...asked });
}

describe("local IAM: permissions of functions", () => {
  it("allow by function, principal and source", () => {
    assert(allows({}));
    assert(allows({ function: functionArn }));
    assert(!allows({ function: "other" }));
    assert(!allows({ principal: "cognito-idp.amazonaws.com" }));
    assert(allows({ principal: "*" }));
    assert(!resourcePolicy([])(invocation));
  });

  it("match the source's ARN part by part", () => {
    assert(allows({ sourceArn: undefined }));
    assert(allows({ sourceArn: `${apiArn}/dev/$connect` }));
    assert(allows({ sourceArn: `${apiArn}/*/*` }));
    assert(!allows({ sourceArn: `${apiArn}/dev/$disconnect` }));
    assert(!allows({ sourceArn: `${apiArn}/prod/*` }));
    assert(!allows({ sourceArn: "arn:aws:execute-api:*/$connect" }));
    assert(!allows({ sourceArn: `${apiArn}/authorizers/*` }));
  });

  it("match the source's account", () => {
    assert(allows({ sourceAccount: "000000000000" }));
    assert(!allows({ sourceAccount: "111111111111" }));
  });

  it("allow the invocation action alone", () => {
    assert(allows({ action: "lambda:*" }));
    assert(!allows({ action: "lambda:GetFunction" }));
  });

  it("hold for the qualifier that they name", () => {
    const live = { qualifier: "live" };
    assert(allows(live, live));
    assert(allows({ function: `${functionArn}:live` }, live));
    assert(!allows(live));
    assert(!allows({}, live));
  });

  it("are worded for the program where one is missing", () => {
    assert.equal(
      permissionNeeded(invocation),
      'new aws.lambda.Permission(..., { function: "echo", action: "lambda:InvokeFunction", ' +
        `principal: "apigateway.amazonaws.com", sourceArn: "${apiArn}/dev/$connect" })`,
    );
  });
});
