import assert from "node:assert/strict";
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  type CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  DescribeUserPoolCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListGroupsCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  ALICE,
  claimsOf,
  CLIENT_ID,
  errorOf,
  PASSWORD,
  POOL_ARN,
  POOL_ID,
  startCognito,
  tokensOf,
  type Setup,
  type TestService,
} from "./cognitoSetup";

const DAY_MS = 86_400_000;
const alice = { UserPoolId: POOL_ID, Username: "alice" };

describe("local user pool: administration by the AWS SDK", () => {
  let service: TestService;
  let admin: CognitoIdentityProviderClient;
  const start = async (setup: Setup = {}) => {
    service = await startCognito(setup);
    admin = service.sdk();
  };
  afterEach(() => service.close());

  const signIn = (PASSWORD: string) =>
    admin.send(
      new InitiateAuthCommand({
        ClientId: CLIENT_ID,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "alice", PASSWORD },
      }),
    );

  it("needs a credential that IAM allows the action on the pool", async () => {
    await start();
    const get = new AdminGetUserCommand(alice);
    await assert.rejects(service.sdk("GUEST").send(get), {
      name: "AccessDeniedException",
      message: `User: guest is not authorized to perform: cognito-idp:AdminGetUser on resource: ${POOL_ARN}`,
    });
    await assert.rejects(service.sdk("STRANGER").send(get), {
      name: "UnrecognizedClientException",
    });
    assert.equal(
      errorOf(await service.call("AdminGetUser", alice)),
      "MissingAuthenticationTokenException: Missing Authentication Token",
    );
    await assert.rejects(admin.send(get), {
      name: "UserNotFoundException",
      message: "User does not exist.",
    });
    const elsewhere = { ...alice, UserPoolId: "eu-west-1_Nowhere" };
    await assert.rejects(admin.send(new AdminGetUserCommand(elsewhere)), {
      name: "ResourceNotFoundException",
      message: "User pool eu-west-1_Nowhere does not exist.",
    });
  });

  it("makes users, who replace the password they were given", async () => {
    await start();
    const create = new AdminCreateUserCommand({
      ...alice,
      UserAttributes: [
        { Name: "email", Value: "alice@example.com" },
        { Name: "email_verified", Value: "true" },
      ],
    });
    const { User: user } = await admin.send(create);
    assert.equal(user?.UserStatus, "FORCE_CHANGE_PASSWORD");
    assert.ok(user.UserCreateDate instanceof Date);
    await assert.rejects(admin.send(create), { name: "UsernameExistsException" });
    const temporary = /temporary password for alice: (.*)$/.exec(service.log.at(-1)!)![1]!;
    const challenge = await signIn(temporary);
    assert.equal(challenge.ChallengeName, "NEW_PASSWORD_REQUIRED");
    const respond = (NEW_PASSWORD: string) =>
      admin.send(
        new RespondToAuthChallengeCommand({
          ClientId: CLIENT_ID,
          ChallengeName: "NEW_PASSWORD_REQUIRED",
          Session: challenge.Session,
          ChallengeResponses: { USERNAME: "alice", NEW_PASSWORD },
        }),
      );
    await assert.rejects(respond("weak"), { name: "InvalidPasswordException" });
    const { AuthenticationResult: tokens } = await respond(PASSWORD);
    assert.equal(claimsOf(tokens!.IdToken!).email_verified, true);
    await assert.rejects(respond(PASSWORD), {
      name: "NotAuthorizedException",
      message: "Invalid session for the user, session is expired.",
    });
    const { UserStatus } = await admin.send(new AdminGetUserCommand(alice));
    assert.equal(UserStatus, "CONFIRMED");
  });

  it("lets a temporary password lapse", async () => {
    await start();
    await admin.send(
      new AdminCreateUserCommand({
        ...alice,
        TemporaryPassword: PASSWORD,
        MessageAction: "SUPPRESS",
      }),
    );
    assert.equal(service.log.length, 0);
    service.pass(7 * DAY_MS);
    await assert.rejects(signIn(PASSWORD), {
      name: "NotAuthorizedException",
      message: "Temporary password has expired and must be reset by an administrator.",
    });
  });

  it("asks the pre-sign-up function, which can refuse", async () => {
    const sources: string[] = [];
    await start({
      pool: { lambdaConfig: { preSignUp: "preSignUp" } },
      invoke: async (_arn, event: any) => {
        sources.push(event.triggerSource);
        return { functionError: { errorType: "Error", errorMessage: "No" } };
      },
    });
    await assert.rejects(admin.send(new AdminCreateUserCommand(alice)), {
      name: "UserLambdaValidationException",
      message: "PreSignUp failed with error No.",
    });
    assert.deepEqual(sources, ["PreSignUp_AdminCreateUser"]);
  });

  it("confirms, sets passwords, disables, signs out and deletes", async () => {
    await start();
    const { username: Username, password: Password } = ALICE;
    await admin.send(new SignUpCommand({ ClientId: CLIENT_ID, Username, Password }));
    await admin.send(new AdminConfirmSignUpCommand(alice));
    await assert.rejects(admin.send(new AdminConfirmSignUpCommand(alice)), {
      message: "User cannot be confirmed. Current status is CONFIRMED",
    });
    const another = { ...alice, Password: "Another-Horse-2", Permanent: true };
    await admin.send(new AdminSetUserPasswordCommand(another));
    await assert.rejects(signIn(PASSWORD), {
      name: "NotAuthorizedException",
      message: "Incorrect username or password.",
    });
    const tokens = (await signIn("Another-Horse-2")).AuthenticationResult!;
    await admin.send(new AdminUserGlobalSignOutCommand(alice));
    await assert.rejects(admin.send(new GetUserCommand({ AccessToken: tokens.AccessToken })), {
      message: "Access Token has been revoked",
    });
    await admin.send(new AdminDisableUserCommand(alice));
    await assert.rejects(signIn("Another-Horse-2"), { message: "User is disabled." });
    await admin.send(new AdminEnableUserCommand(alice));
    assert.ok((await signIn("Another-Horse-2")).AuthenticationResult);
    await admin.send(new AdminDeleteUserCommand(alice));
    await assert.rejects(admin.send(new AdminGetUserCommand(alice)), {
      name: "UserNotFoundException",
    });
  });

  it("signs users in where the client allows it", async () => {
    await start({ client: { explicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] } });
    await service.cognito.ensureUser(POOL_ID, ALICE);
    const initiate = (AuthFlow: "ADMIN_USER_PASSWORD_AUTH" | "USER_PASSWORD_AUTH") =>
      admin.send(
        new AdminInitiateAuthCommand({
          UserPoolId: POOL_ID,
          ClientId: CLIENT_ID,
          AuthFlow,
          AuthParameters: { USERNAME: "alice", PASSWORD },
        }),
      );
    const { AuthenticationResult } = await initiate("ADMIN_USER_PASSWORD_AUTH");
    assert.equal(claimsOf(AuthenticationResult!.AccessToken!).username, "alice");
    await assert.rejects(initiate("USER_PASSWORD_AUTH"), { name: "InvalidParameterException" });
  });

  it("keeps groups, which tokens name by precedence", async () => {
    const roleArn = "arn:aws:iam::000000000000:role/moderator";
    await start({
      groups: [{ name: "members" }, { name: "moderators", precedence: 1, roleArn }],
    });
    await service.cognito.ensureUser(POOL_ID, ALICE);
    for (const GroupName of ["members", "moderators", "members"]) {
      await admin.send(new AdminAddUserToGroupCommand({ ...alice, GroupName }));
    }
    const tokens = await tokensOf(service, "alice");
    const claims = claimsOf(tokens.IdToken);
    assert.deepEqual(claims["cognito:groups"], ["moderators", "members"]);
    assert.deepEqual(claims["cognito:roles"], [roleArn]);
    assert.equal(claims["cognito:preferred_role"], roleArn);
    assert.deepEqual(claimsOf(tokens.AccessToken)["cognito:groups"], ["moderators", "members"]);
    const members = { ...alice, GroupName: "members" };
    await admin.send(new AdminRemoveUserFromGroupCommand(members));
    const { Groups: left } = await admin.send(new AdminListGroupsForUserCommand(alice));
    assert.deepEqual(
      left?.map(({ GroupName }) => GroupName),
      ["moderators"],
    );
    const { Groups: all } = await admin.send(new ListGroupsCommand({ UserPoolId: POOL_ID }));
    assert.equal(all?.length, 2);
    const nothing = { ...alice, GroupName: "nothing" };
    await assert.rejects(admin.send(new AdminAddUserToGroupCommand(nothing)), {
      name: "ResourceNotFoundException",
      message: "Group not found.",
    });
  });

  it("lists users by pages and by filter, and describes the pool", async () => {
    await start();
    for (const username of ["alice", "alan", "bob"]) {
      const email = `${username}@example.com`;
      await service.cognito.ensureUser(POOL_ID, { username, password: PASSWORD, email });
    }
    const list = async (Filter?: string, PaginationToken?: string) => {
      const input = { UserPoolId: POOL_ID, Filter, Limit: 2, PaginationToken };
      const { Users, PaginationToken: next } = await admin.send(new ListUsersCommand(input));
      return { names: Users!.map(({ Username }) => Username), next };
    };
    const page = await list();
    assert.deepEqual(page.names, ["alice", "alan"]);
    assert.deepEqual((await list(undefined, page.next)).names, ["bob"]);
    assert.deepEqual((await list('username ^= "al"')).names, ["alice", "alan"]);
    assert.deepEqual((await list('email = "bob@example.com"')).names, ["bob"]);
    await assert.rejects(list("nonsense"), { name: "InvalidParameterException" });
    const describe = new DescribeUserPoolCommand({ UserPoolId: POOL_ID });
    const { UserPool: pool } = await admin.send(describe);
    assert.equal(pool?.EstimatedNumberOfUsers, 3);
    assert.equal(pool.Policies?.PasswordPolicy?.MinimumLength, 8);
  });

  it("resets a forgotten password by code", async () => {
    await start();
    await service.cognito.ensureUser(POOL_ID, ALICE);
    const user = { ClientId: CLIENT_ID, Username: "alice" };
    const tokens = await tokensOf(service, "alice");
    const confirm = (ConfirmationCode: string, Password: string) =>
      admin.send(new ConfirmForgotPasswordCommand({ ...user, ConfirmationCode, Password }));
    await assert.rejects(confirm("123456", PASSWORD), { name: "ExpiredCodeException" });
    const { CodeDeliveryDetails } = await admin.send(new ForgotPasswordCommand(user));
    assert.equal(CodeDeliveryDetails?.DeliveryMedium, "EMAIL");
    const code = service.code();
    const wrong = code === "000000" ? "000001" : "000000";
    await assert.rejects(confirm(wrong, "Another-Horse-2"), { name: "CodeMismatchException" });
    await assert.rejects(confirm(code, "weak12"), { name: "InvalidPasswordException" });
    await confirm(code, "Another-Horse-2");
    await assert.rejects(confirm(code, PASSWORD), { name: "ExpiredCodeException" });
    assert.ok((await signIn("Another-Horse-2")).AuthenticationResult);
    const { AccessToken } = tokens;
    await assert.rejects(admin.send(new GetUserCommand({ AccessToken })), /revoked/);
  });

  it("limits requests for codes", async () => {
    await start();
    const forgot = new ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: "alice" });
    for (let i = 0; i < 20; i++) await admin.send(forgot);
    await assert.rejects(admin.send(forgot), {
      name: "LimitExceededException",
      message: "Attempt limit exceeded, please try after some time.",
    });
  });
});
