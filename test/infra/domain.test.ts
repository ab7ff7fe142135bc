import assert from "node:assert/strict";
import type { Graph } from "../../local/graph";
import { evaluated, find, only } from "../support/evaluations";

describe("the domain", () => {
  let graph: Graph;
  before(async () => ({ graph } = await evaluated("prod")));

  it("has a certificate where CloudFront looks for it, proved through the zone", () => {
    const certificate = only(graph, "aws:acm/certificate:Certificate");
    assert.deepEqual(certificate.inputs, {
      region: "us-east-1",
      domainName: "app.acme.test",
      validationMethod: "DNS",
    });
    assert.match(certificate.outputs.arn, /^arn:aws:acm:us-east-1:/);
    const [proof] = certificate.outputs.domainValidationOptions;
    const record = find(graph, "aws:route53/record:Record", "certificate-validation");
    assert.deepEqual(record.inputs, {
      zoneId: "Z0123456789ABC",
      name: proof.resourceRecordName,
      type: "CNAME",
      records: [proof.resourceRecordValue],
      ttl: 300,
      allowOverwrite: true,
    });
    assert.deepEqual(only(graph, "aws:acm/certificateValidation:CertificateValidation").inputs, {
      region: "us-east-1",
      certificateArn: certificate.outputs.arn,
      validationRecordFqdns: [record.outputs.fqdn],
    });
  });

  for (const type of ["A", "AAAA"]) {
    it(`leads to the distribution by ${type}`, () => {
      const { outputs } = only(graph, "aws:cloudfront/distribution:Distribution");
      assert.deepEqual(
        find(graph, "aws:route53/record:Record", `edge-${type.toLowerCase()}`).inputs,
        {
          zoneId: "Z0123456789ABC",
          name: "app.acme.test",
          type,
          aliases: [
            {
              name: outputs.domainName,
              zoneId: outputs.hostedZoneId,
              evaluateTargetHealth: false,
            },
          ],
        },
      );
    });
  }
});
