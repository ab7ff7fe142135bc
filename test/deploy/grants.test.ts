import assert from "node:assert/strict";
import { answerTo, call, Connection } from "../e2e/client";
import type { Target } from "../e2e/target";
import { newUser, type User } from "../e2e/users";
import { callAws } from "./awsCall";
import { deployedTarget } from "./deployedTarget";
import type { Deployment } from "./deployment";
import { setUp, type Setup } from "./setup";

interface Policy {
  Statement: { Action: string[]; Resource: string[] }[];
}

/** A role's policy in the stack, by the name of the function. */
interface RolePolicy {
  entry: string;
  role: string;
  name: string;
  policy: Policy;
}

/** Makes a function use a grant, and tells what came of it. */
type Act = (target: Target, user: User) => Promise<unknown>;

/** How each grant is used, by function and action, and what comes of it without the grant. */
const uses: Record<string, { act: Act; denied: unknown }> = {
  "connect dynamodb:PutItem": {
    act: async (target, user) => (await answerTo(target, { token: user.id })).status === 101,
    denied: false,
  },
  "connect execute-api:ManageConnections": {
    act: async (target, user) => {
      const older = await open(target, user);
      const newer = await open(target, user);
      const left = await Promise.race([older.closed, older.ask({ action: "ping" }, {})]);
      await Promise.all([older.close(), newer.close()]);
      return left;
    },
    denied: { type: "pong" },
  },
  "send dynamodb:Query": { act: sendToOneself, denied: "unavailable" },
  "send dynamodb:DeleteItem": {
    act: async (target, user) => {
      await storeStaleSession(target, user);
      await sendToOneself(target, user);
      const { body } = await call(target, "GET", "/sessions", { token: user.id });
      return JSON.stringify(body).includes('"stale"');
    },
    denied: true,
  },
  "send execute-api:ManageConnections": { act: sendToOneself, denied: "1 failed" },
  "http dynamodb:Query": { act: request("GET", "/sessions"), denied: 500 },
  "http dynamodb:GetItem": { act: request("DELETE", "/sessions/stale"), denied: 500 },
  "http dynamodb:DeleteItem": { act: request("DELETE", "/sessions/stale"), denied: 500 },
  "http execute-api:ManageConnections": {
    act: request("DELETE", "/sessions/stale"),
    denied: 503,
  },
};

/**
 * Grants that are not tried here: nobody is told what becomes of `$disconnect`, which the end-to-end tests show
 * to remove rows. It looks a session up where API Gateway does not hand on the authorizer's context; the
 * emulator always does.
 */
const untried = ["disconnect dynamodb:DeleteItem", "disconnect dynamodb:Query"];

/** No function may do more than it does: each grant is used, and without it the emulator's IAM refuses. */
describe("grants", () => {
  let setup: Setup;
  let stack: Deployment;
  let target: Target;
  let policies: RolePolicy[];

  before(async () => {
    setup = await setUp("grants");
    stack = await setup.deploy("dev");
    await stack.up();
    target = await deployedTarget(stack);
    policies = await rolePolicies(stack);
  });

  after(async () => {
    await setup?.close();
  });

  it("are all used by what clients do", () => {
    const granted = policies.flatMap(({ entry, policy }) =>
      policy.Statement.flatMap(({ Action }) => Action)
        .filter((action) => !action.startsWith("logs:"))
        .map((action) => `${entry} ${action}`),
    );
    assert.deepEqual(granted.sort(), [...Object.keys(uses), ...untried].sort());
  });

  for (const [grant, { act, denied }] of Object.entries(uses)) {
    const [entry, action] = grant.split(" ") as [string, string];
    it(`let ${entry} do ${action}, which nothing else lets it do`, async () => {
      const user = await newUser(target, "limited");
      const granted = policies.find((candidate) => candidate.entry === entry)!;
      assert.notDeepEqual(await act(target, user), denied);
      await putPolicy(stack, granted, without(granted.policy, action));
      try {
        assert.deepEqual(await act(target, user), denied);
      } finally {
        await putPolicy(stack, granted, granted.policy);
      }
    });
  }
});

async function rolePolicies(stack: Deployment): Promise<RolePolicy[]> {
  const resources = await stack.resources();
  return resources
    .filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")
    .map(({ name, outputs }) => ({
      entry: name,
      role: outputs.role,
      name: outputs.name,
      policy: JSON.parse(outputs.policy),
    }));
}

function without(policy: Policy, action: string): Policy {
  const statements = policy.Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((granted) => granted !== action),
  }));
  return { ...policy, Statement: statements.filter(({ Action }) => Action.length > 0) };
}

async function putPolicy(
  { emulator }: Deployment,
  { role, name }: RolePolicy,
  policy: Policy,
): Promise<void> {
  await callAws(emulator, {
    service: "iam",
    form: {
      Action: "PutRolePolicy",
      Version: "2010-05-08",
      RoleName: role,
      PolicyName: name,
      PolicyDocument: JSON.stringify(policy),
    },
  });
}

async function open(target: Target, user: User): Promise<Connection> {
  return await Connection.open(target, { token: user.id, session: "tab" });
}

async function sendToOneself(target: Target, user: User): Promise<string> {
  const connection = await open(target, user);
  const channel = `user:${user.username}`;
  const frame = { action: "send", id: "own", channel, body: 1 };
  // The message itself has the id too.
  const answer = await Promise.race([
    connection.ask(frame, { type: "ack" }),
    connection.next({ type: "error" }),
  ]);
  await connection.close();
  return answer.code ?? `${answer.failed ?? 0} failed`;
}

function request(method: string, path: string): Act {
  return async (target, user) => {
    await storeStaleSession(target, user);
    return (await call(target, method, path, { token: user.id })).status;
  };
}

async function storeStaleSession(target: Target, { username }: User): Promise<void> {
  const expires = Math.floor(Date.now() / 1000) + 600;
  await target.storeSession!({
    username,
    sessionKey: "stale",
    connectionId: "bm90LXRoZXJl",
    connectedAt: Date.now() - 60_000,
    expires,
    credentialExpires: expires,
  });
}
