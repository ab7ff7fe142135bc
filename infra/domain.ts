import * as aws from "@pulumi/aws";
import type { StackConfig } from "./config";

type Domain = NonNullable<StackConfig["domain"]>;

/** A certificate for the domain, proved through its zone. CloudFront takes certificates of us-east-1 only. */
export function createCertificate(domain: Domain): aws.acm.CertificateValidation {
  const region = "us-east-1";
  const certificate = new aws.acm.Certificate("edge", {
    region,
    domainName: domain.name,
    validationMethod: "DNS",
  });
  // One name in the certificate, one proof.
  const proof = certificate.domainValidationOptions.apply((options) => options[0]!);
  const record = new aws.route53.Record("certificate-validation", {
    zoneId: domain.hostedZoneId,
    name: proof.resourceRecordName,
    type: proof.resourceRecordType,
    records: [proof.resourceRecordValue],
    ttl: 300,
    // The proof of a name is the same for all certificates, so another stack may have made it.
    allowOverwrite: true,
  });
  return new aws.acm.CertificateValidation("edge", {
    region,
    certificateArn: certificate.arn,
    validationRecordFqdns: [record.fqdn],
  });
}

/** The domain's addresses, IPv4 and IPv6. */
export function createAliases(domain: Domain, distribution: aws.cloudfront.Distribution): void {
  for (const type of ["A", "AAAA"]) {
    new aws.route53.Record(`edge-${type.toLowerCase()}`, {
      zoneId: domain.hostedZoneId,
      name: domain.name,
      type,
      aliases: [
        {
          name: distribution.domainName,
          zoneId: distribution.hostedZoneId,
          evaluateTargetHealth: false,
        },
      ],
    });
  }
}
