import assert from "node:assert/strict";
import type { Deployment } from "./deployment";
import { unforgivenWarnings } from "./forgiven";
import type { Outcome } from "./outcome";
import { setUp, type Setup } from "./setup";

const domain = { domain: "app.switchboard.test", hostedZoneId: "Z0123456789ABC" };

describe("previews", () => {
  let setup: Setup;
  let prod: Deployment;

  before(async () => {
    setup = await setUp("previews");
  });

  after(async () => {
    await setup?.close();
  });

  it("dev previews without a warning", async () => {
    const dev = await setup.deploy("dev");
    assertAllCreated(await dev.preview());
  });

  it("prod tells which placeholders to replace, all at once", async () => {
    prod = await setup.deploy("prod");
    await assert.rejects(prod.preview(), (error: Error) => {
      assert.match(error.message, /domain is still the placeholder app\.example\.com/);
      assert.match(error.message, /hostedZoneId is still the placeholder/);
      return true;
    });
  });

  it("prod with a domain previews without a warning", async () => {
    prod.set(domain);
    const outcome = await prod.preview();
    assertAllCreated(outcome);
    assert.equal(ofType(outcome, "aws:acm/certificate:Certificate").length, 1);
    assert.equal(ofType(outcome, "aws:route53/record:Record").length, 3);
  });

  it("prod without a domain previews without a warning", async () => {
    prod.set({ domain: undefined, hostedZoneId: undefined });
    const outcome = await prod.preview();
    assertAllCreated(outcome);
    assert.equal(ofType(outcome, "aws:acm/certificate:Certificate").length, 0);
    assert.equal(ofType(outcome, "aws:route53/record:Record").length, 0);
    assert.equal(ofType(outcome, "aws:cloudfront/distribution:Distribution").length, 1);
  });
});

function assertAllCreated(outcome: Outcome): void {
  assert.deepEqual(unforgivenWarnings(outcome.warnings), []);
  assert.deepEqual([...new Set(outcome.changes.map(({ op }) => op))], ["create"]);
}

function ofType(outcome: Outcome, type: string): Outcome["changes"] {
  return outcome.changes.filter((change) => change.type === type);
}
