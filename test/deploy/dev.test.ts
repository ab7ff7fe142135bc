import assert from "node:assert/strict";
import { Connection, type Frame } from "../e2e/client";
import { describeSwitchboard } from "../e2e/suite";
import type { Target } from "../e2e/target";
import { newUser, signInByPassword, type User } from "../e2e/users";
import { deployedTarget } from "./deployedTarget";
import type { Deployment, Settings } from "./deployment";
import { unforgivenChanges, unforgivenWarnings } from "./forgiven";
import { takeInventory } from "./inventory";
import { describeChange, type Outcome } from "./outcome";
import { setUp, type Setup } from "./setup";

/** The life of a stack, in one order: each test goes on from where the one before it left off. */
describe("dev", () => {
  let setup: Setup;
  let stack: Deployment;
  let target: Target;
  let inventoryBefore: string[];
  let user: User;

  before(async () => {
    setup = await setUp("dev");
    inventoryBefore = await takeInventory(setup.emulator);
    stack = await setup.deploy("dev");
  });

  after(async () => {
    await setup?.close();
  });

  describe("deployed", () => {
    it("comes up whole", async () => {
      const outcome = await stack.up();
      assert.deepEqual(unforgivenWarnings(outcome.warnings), []);
      assert.deepEqual([...new Set(outcome.changes.map(({ op }) => op))], ["create"]);
      const outputs = await stack.outputs();
      assert.deepEqual(Object.keys(outputs).sort(), [
        "connectionsTable",
        "messagesTable",
        "region",
        "subscriptionsTable",
        "url",
        "userPoolClientId",
        "userPoolId",
        "webSocketUrl",
      ]);
      target = await deployedTarget(stack, ["http://localhost:5173"]);
    });

    it("stays as it is in a second up", async () => {
      assertChanges(await stack.up(), []);
    });
  });

  describeSwitchboard(() => target);

  describe("changed", () => {
    before(async () => {
      user = await newUser(target, "onlooker");
    });

    it("updates the one function whose handler changed", async () => {
      const undo = setup.project.edit(
        "functions/echo.ts",
        'reply({ type: "echo", id, body })',
        'reply({ type: "echo", id, body: { changed: body } })',
      );
      try {
        assertChanges(await stack.up(), [
          "update aws:lambda/function:Function echo [code, lastModified]",
        ]);
        const answer = await ask({ action: "echo", body: 1 });
        assert.deepEqual(answer, { type: "echo", body: { changed: 1 } });
      } finally {
        undo();
      }
    });

    it("answers an added route after one up", async () => {
      assert.equal((await ask({ action: "wave" })).code, "unknown-action");
      const undo = setup.project.edit(
        "infra/api.ts",
        "          ping: fromTemplate(",
        `          wave: fromTemplate('{"type":"waved"}'),
          ping: fromTemplate(`,
      );
      try {
        assertChanges(await stack.up(), [
          "create aws:apigatewayv2/integration:Integration websocket-wave []",
          "create aws:apigatewayv2/integrationResponse:IntegrationResponse websocket-wave []",
          "create aws:apigatewayv2/route:Route websocket-wave []",
          "create aws:apigatewayv2/routeResponse:RouteResponse websocket-wave []",
          // Back to the handler that it was.
          "update aws:lambda/function:Function echo [code, lastModified]",
        ]);
        assert.deepEqual(await ask({ action: "wave" }), { type: "waved" });
      } finally {
        undo();
      }
    });

    it("forgets a removed route after the next", async () => {
      const { changes } = await stack.up();
      assert.equal(changes.filter(({ op }) => op === "delete").length, 4);
      assert.equal((await ask({ action: "wave" })).code, "unknown-action");
    });

    it("keeps its tables, its pool and its bucket whatever setting changes", async () => {
      const undo = stack.set(otherSettings);
      try {
        const { changes } = await stack.preview();
        const kept = /^aws:(dynamodb\/table|cognito\/userPool|cognito\/userPoolClient|s3\/bucket):/;
        const touched = changes.filter(({ type }) => kept.test(type));
        assert.deepEqual([...new Set(touched.map(({ op }) => op))], ["update"]);
        assert.ok(touched.length >= 3, "the settings change all of them");
      } finally {
        undo();
      }
    });

    it("keeps its users over a change of the password policy", async () => {
      const undo = stack.set({ passwordMinimumLength: 10, throttleRateLimit: 300 });
      try {
        assertChanges(await stack.up(), [
          "update aws:apigatewayv2/stage:Stage http [defaultRouteSettings]",
          "update aws:apigatewayv2/stage:Stage websocket [defaultRouteSettings]",
          "update aws:cognito/userPool:UserPool users [passwordPolicy]",
        ]);
      } finally {
        undo();
      }
      await signInByPassword(target, user.username);
      assert.deepEqual(await ask({ action: "ping" }), { type: "pong" });
    });
  });

  describe("destroyed", () => {
    it("leaves nothing behind but the account's role for logs", async () => {
      const { outputs } = (await stack.resources()).find(
        ({ type, name }) => type === "aws:iam/role:Role" && name === "api-gateway-logs",
      )!;
      await stack.destroy();
      assert.deepEqual(await stack.resources(), []);
      const left = (await takeInventory(setup.emulator)).filter(
        (thing) => !inventoryBefore.includes(thing),
      );
      assert.deepEqual(left, [`account role ${outputs.name}`, `role ${outputs.name}`]);
    });
  });

  /** Asks over a connection of its own, since a deployment may reach open ones late. */
  async function ask(frame: object): Promise<Frame> {
    const connection = await Connection.open(target, { token: user.access });
    const answer = await connection.ask(frame, {});
    await connection.close();
    return answer;
  }
});

/** Asserts what one run of the engine changed, beside what is forgiven. */
function assertChanges({ changes, warnings }: Outcome, expected: string[]): void {
  assert.deepEqual(unforgivenChanges(changes).map(describeChange).sort(), expected);
  assert.deepEqual(unforgivenWarnings(warnings), []);
}

/**
 * Every setting at another value than dev's. Not `application`, which is, like the stack's name, a part of the names
 * of all resources, and so of what they are.
 */
const otherSettings: Settings = {
  protect: true,
  pointInTimeRecovery: true,
  priceClass: "PriceClass_200",
  passwordMinimumLength: 10,
  passwordRequireLowercase: false,
  passwordRequireUppercase: false,
  passwordRequireNumbers: false,
  passwordRequireSymbols: true,
  passwordSignIn: false,
  autoConfirmUsers: false,
  groups: ["moderators", "editors"],
  tokenUse: ["access"],
  allowedOrigins: [],
  routeSelectionExpression: "$request.body.type",
  throttleRateLimit: 300,
  throttleBurstLimit: 150,
  accessLogs: false,
  apiGatewayAccountRole: false,
  functionMemorySize: 128,
  functionTimeoutSeconds: 10,
  logRetentionDays: 14,
  logLevel: "ERROR",
  domain: "app.switchboard.test",
  hostedZoneId: "Z0123456789ABC",
};
