import assert from "node:assert/strict";
import { evaluated, find, type Variant } from "../support/evaluations";

/** Each table's keys. The attributes are those of the keys and no others: DynamoDB refuses more. */
const keys: Record<string, Record<string, unknown>> = {
  connections: {
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
  },
  subscriptions: {
    attributes: [
      { name: "channel", type: "S" },
      { name: "subscriber", type: "S" },
    ],
    hashKey: "channel",
    rangeKey: "subscriber",
  },
  messages: {
    attributes: [
      { name: "channel", type: "S" },
      { name: "position", type: "N" },
    ],
    hashKey: "channel",
    rangeKey: "position",
  },
};

for (const [name, expected] of Object.entries(keys)) {
  describe(`the ${name} table`, () => {
    const tableOf = async (variant: Variant) =>
      find((await evaluated(variant)).graph, "aws:dynamodb/table:Table", name).inputs;

    it("has its keys, its expiry and its protection", async () => {
      assert.deepEqual(await tableOf("prod"), {
        name: `switchboard-prod-${name}`,
        billingMode: "PAY_PER_REQUEST",
        ...expected,
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
}
