import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHash } from "node:crypto";

/** What the distribution shows to the APIs, so that they take no request that went around it. */
export interface OriginSecret {
  /** The header that carries it. */
  header: "x-origin-verify";
  value: pulumi.Output<string>;
  /**
   * SHA-256 of each secret that is accepted, in hexadecimal. The functions know the digest only: it may stand in an
   * artefact, since nobody can turn 48 random characters back.
   */
  digests: pulumi.Output<string[]>;
}

export function createOriginSecret(): OriginSecret {
  const password = new random.RandomPassword("origin", { length: 48, special: false });
  return {
    header: "x-origin-verify",
    value: password.result,
    digests: pulumi.unsecret(
      password.result.apply((secret) => [createHash("sha256").update(secret).digest("hex")]),
    ),
  };
}
