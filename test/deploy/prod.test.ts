import * as aws from "@pulumi/aws";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import assert from "node:assert/strict";
import * as path from "node:path";
import { call } from "../e2e/client";
import { deployedTarget } from "./deployedTarget";
import { engineEnvironment, type Deployment } from "./deployment";
import { unforgivenChanges, unforgivenWarnings } from "./forgiven";
import { takeInventory } from "./inventory";
import { describeChange } from "./outcome";
import { setUp, type Setup } from "./setup";

const zoneName = "switchboard.test";

/** The life of the stack that is guarded, in one order. */
describe("prod", () => {
  let setup: Setup;
  let stack: Deployment;
  let hostedZoneId: string;
  let inventoryBefore: string[];

  before(async () => {
    setup = await setUp("prod");
    hostedZoneId = await createZone(setup);
    inventoryBefore = await inventory();
    stack = await setup.deploy("prod", { domain: `app.${zoneName}`, hostedZoneId });
  });

  after(async () => {
    await setup?.close();
  });

  async function inventory(): Promise<string[]> {
    return await takeInventory(setup.emulator, hostedZoneId);
  }

  it("comes up on its domain", async () => {
    const { changes, warnings } = await stack.up();
    assert.deepEqual(unforgivenWarnings(warnings), []);
    assert.deepEqual([...new Set(changes.map(({ op }) => op))], ["create"]);
    const outputs = await stack.outputs();
    assert.equal(outputs.url, `https://app.${zoneName}`);
    assert.equal(outputs.webSocketUrl, `wss://app.${zoneName}/ws`);
    const health = await call(await deployedTarget(stack), "GET", "/health");
    assert.deepEqual(health.body, { status: "ok" });
  });

  it("stays as it is in a second up", async () => {
    const { changes } = await stack.up();
    assert.deepEqual(unforgivenChanges(changes).map(describeChange), []);
  });

  it("refuses destroy while it is protected, and stays whole", async () => {
    const before = await inventory();
    for (const type of ["A", "AAAA"]) {
      assert.ok(before.some((thing) => thing === `record app.${zoneName}. ${type}`));
    }
    await assert.rejects(stack.destroy(), /protected/);
    assert.deepEqual(await inventory(), before);
  });

  it("goes when it is told that it may", async () => {
    stack.set({ protect: false });
    const { changes } = await stack.up();
    assert.deepEqual([...new Set(changes.map(({ op }) => op))], ["update"]);
    await stack.destroy();
    const left = (await inventory()).filter((thing) => !inventoryBefore.includes(thing));
    assert.deepEqual(
      left.map((thing) => thing.replace(/-[0-9a-f]{7}$/, "")),
      ["account role api-gateway-logs", "role api-gateway-logs"],
    );
  });
});

/** A domain's zone, which is there before the stack is, and whose records the stack may write. */
async function createZone({ emulator, folder }: Setup): Promise<string> {
  const workspace = { envVars: engineEnvironment(emulator, path.join(folder, "backend")) };
  const account = await LocalWorkspace.createStack(
    {
      projectName: "account",
      stackName: "account",
      program: async () => {
        const provider = new aws.Provider("emulator", {
          skipCredentialsValidation: true,
          s3UsePathStyle: true,
        });
        const zone = new aws.route53.Zone("zone", { name: zoneName }, { provider });
        return { zoneId: zone.zoneId };
      },
    },
    workspace,
  );
  const { outputs } = await account.up();
  return outputs.zoneId!.value;
}
