import assert from "node:assert/strict";
import { percentEncode, signatureHeaders } from "../../functions/domain/signature";

/** From AWS's test suite for Signature Version 4: what is signed, when, and by whom. */
const now = new Date("2015-08-30T12:36:00Z");
const request = { host: "example.amazonaws.com", path: "/", body: "" };
const scope = {
  credentials: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  },
  region: "us-east-1",
  service: "service",
};

describe("signatures", () => {
  const cases: [method: string, signature: string][] = [
    ["GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  ];
  for (const [method, signature] of cases) {
    it(`are those of AWS's test suite for ${method}`, () => {
      const { authorization } = signatureHeaders({ method, ...request }, scope, now);
      assert.equal(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
          `SignedHeaders=host;x-amz-date, Signature=${signature}`,
      );
    });
  }

  it("cover the session token of a role", () => {
    const credentials = { ...scope.credentials, sessionToken: "token" };
    const headers = signatureHeaders({ method: "GET", ...request }, { ...scope, credentials }, now);
    assert.equal(headers["x-amz-security-token"], "token");
    assert.match(headers.authorization!, /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
  });

  it("leave nothing but unreserved characters as they are", () => {
    assert.equal(percentEncode("aZ09-._~ =/!'()*@"), "aZ09-._~%20%3D%2F%21%27%28%29%2A%40");
  });
});
