import assert from "node:assert/strict";
import { evaluated, only, type Variant } from "../support/evaluations";

describe("the connections table", () => {
  const tableOf = async (variant: Variant) =>
    only((await evaluated(variant)).graph, "aws:dynamodb/table:Table").inputs;

  it("has its keys, its index, its expiry and its protection", async () => {
    assert.deepEqual(await tableOf("prod"), {
      name: "switchboard-prod-connections",
      billingMode: "PAY_PER_REQUEST",
      // Those of the keys and of no others: DynamoDB refuses more.
      attributes: [
        { name: "username", type: "S" },
        { name: "sessionKey", type: "S" },
        { name: "connectionId", type: "S" },
      ],
      hashKey: "username",
      rangeKey: "sessionKey",
      globalSecondaryIndexes: [
        {
          name: "byConnectionId",
          keySchemas: [{ attributeName: "connectionId", keyType: "HASH" }],
          projectionType: "ALL",
        },
      ],
      ttl: { attributeName: "expires", enabled: true },
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
    });
  });

  // Mocks do not show Pulumi's own `protect`, which goes with it: the deployment tests see that refuse a destroy.
  it("can be destroyed where the stack is not protected, and then keeps no backups", async () => {
    const table = await tableOf("dev");
    assert.equal(table.deletionProtectionEnabled, false);
    assert.deepEqual(table.pointInTimeRecovery, { enabled: false });
  });
});
