import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi";
import { evaluate } from "../../local/program/evaluate";
import { problemsOf, readSettings } from "../support/settings";

const zone = { hostedZoneId: "Z0123456789ABC" };
const names = "2 to 20 lower-case letters, digits and hyphens";
const hostName = "a lower-case host name such as app.example.com, without https://";
const url = "an http(s) URL without a slash at its end, such as http://127.0.0.1:4566";
const origin = "origins such as https://app.example.com, without a path";
const groupNames = "names of 1 to 128 letters, digits and signs without spaces";
const retentions =
  "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, " +
  "3288, 3653";
const longHost = (length: number) => `${"a.".repeat(length).slice(0, length - 5)}a.com`;

/** Settings, and the problems with them. */
const wrong: [Record<string, unknown>, ...string[]][] = [
  [{ application: "S" }, `application is "S": write ${names}, such as switchboard`],
  [
    { application: "a".repeat(21) },
    `application is "${"a".repeat(21)}": write ${names}, such as switchboard`,
  ],
  [{ application: "1app" }, `application is "1app": write ${names}, such as switchboard`],
  [{ application: "app-" }, `application is "app-": write ${names}, such as switchboard`],
  [
    { domain: "https://a.acme.test", ...zone },
    `domain is "https://a.acme.test": write ${hostName}`,
    "domain is missing: a hosted zone is of use with a domain only",
  ],
  [{ domain: "acme", hostedZoneId: "" }, `domain is "acme": write ${hostName}`],
  [{ domain: `${"a".repeat(64)}.test` }, `domain is "${"a".repeat(64)}.test": write ${hostName}`],
  [{ domain: longHost(255) }, `domain is "${longHost(255)}": write ${hostName}`],
  [
    { domain: "app.example.com", ...zone },
    "domain is still the placeholder app.example.com: write a domain of yours, or remove it",
  ],
  [
    { domain: "app.acme.test", hostedZoneId: "ZPLACEHOLDER" },
    "hostedZoneId is still the placeholder: write the id that `aws route53 list-hosted-zones` shows",
  ],
  [
    { domain: "app.acme.test" },
    "hostedZoneId is missing: a domain needs the Route 53 zone that holds it",
  ],
  [zone, "domain is missing: a hosted zone is of use with a domain only"],
  [
    { domain: "app.acme.test", hostedZoneId: "/hostedzone/Z1" },
    'hostedZoneId is "/hostedzone/Z1": write the id of the Route 53 zone that holds the domain, such as Z0123456789ABC',
    "hostedZoneId is missing: a domain needs the Route 53 zone that holds it",
  ],
  [
    { priceClass: "100" },
    'priceClass is "100": write one of PriceClass_100, PriceClass_200, PriceClass_All',
  ],
  ...[
    "protect",
    "pointInTimeRecovery",
    "passwordRequireLowercase",
    "passwordRequireUppercase",
    "passwordRequireNumbers",
    "passwordRequireSymbols",
    "passwordSignIn",
    "autoConfirmUsers",
    "accessLogs",
    "apiGatewayAccountRole",
  ].map((key): [Record<string, unknown>, string] => [
    { [key]: "yes" },
    `${key} is "yes": write true or false`,
  ]),
  ...Object.entries({
    passwordMinimumLength: [6, 99],
    throttleRateLimit: [1, 1_000_000],
    throttleBurstLimit: [1, 1_000_000],
    functionMemorySize: [128, 10_240],
    functionTimeoutSeconds: [1, 29],
    inboxHistorySeconds: [60, 315_360_000],
    inboxHistoryCount: [0, 1_000_000],
    fanoutMaximumConcurrency: [2, 1000],
  }).flatMap(([key, [from, to]]) =>
    [String(from! - 1), String(to! + 1), `${from}.5`, "many", ""].map(
      (value): [Record<string, unknown>, string] => [
        { [key]: value },
        `${key} is "${value}": write a whole number from ${from} to ${to}`,
      ],
    ),
  ),
  [{ logRetentionDays: 10 }, `logRetentionDays is "10": write one of ${retentions}`],
  [{ logLevel: "debug" }, 'logLevel is "debug": write one of DEBUG, INFO, WARN, ERROR'],
  [{ groups: "moderators" }, `groups is "moderators": write a list of ${groupNames}`],
  [{ groups: { a: 1 } }, `groups is {"a":1}: write a list of ${groupNames}`],
  [
    { groups: ["two words", "", "a".repeat(129), 7] },
    `groups[0] is "two words": write ${groupNames}`,
    `groups[1] is "": write ${groupNames}`,
    `groups[2] is "${"a".repeat(129)}": write ${groupNames}`,
    `groups[3] is 7: write ${groupNames}`,
  ],
  [{ groups: ["a", "b", "a"] }, "groups names something twice: write each once"],
  [{ tokenUse: ["refresh"] }, 'tokenUse[0] is "refresh": write "id", "access" or both'],
  [{ tokenUse: [] }, 'tokenUse is empty: write "id", "access" or both'],
  [
    { allowedOrigins: ["https://app.acme.test/", "app.acme.test", "*"] },
    `allowedOrigins[0] is "https://app.acme.test/": write ${origin}`,
    `allowedOrigins[1] is "app.acme.test": write ${origin}`,
    `allowedOrigins[2] is "*": write ${origin}`,
  ],
  [
    { routeSelectionExpression: "$request.body.kind" },
    'routeSelectionExpression is "$request.body.kind": write $request.body.action or $request.body.type',
  ],
  ...["executeApiEndpoint", "publicEndpoint", "cognitoEndpoint"].flatMap((key) =>
    ["localhost:4566", "http://localhost:4566/", "http://localhost:4566?a=b"].map(
      (value): [Record<string, unknown>, string] => [
        { [key]: value },
        `${key} is "${value}": write ${url}`,
      ],
    ),
  ),
];

/** The first and the last value that each setting takes. */
const right: Record<string, unknown>[] = [
  { application: "ab" },
  { application: `a${"-1".repeat(9)}z` },
  { domain: "acme.io", ...zone },
  { domain: `${"a".repeat(63)}.acme.test`, ...zone },
  { domain: longHost(253), ...zone },
  { domain: "myexample.com", hostedZoneId: "Z1" },
  // Emptied, as `pulumi config set domain ""` leaves it.
  { domain: "", hostedZoneId: "" },
  ...["PriceClass_100", "PriceClass_200", "PriceClass_All"].map((priceClass) => ({ priceClass })),
  ...[6, 99].map((passwordMinimumLength) => ({ passwordMinimumLength })),
  ...[1, 1_000_000].map((limit) => ({ throttleRateLimit: limit, throttleBurstLimit: limit })),
  ...[128, 10_240].map((functionMemorySize) => ({ functionMemorySize })),
  ...[1, 29].map((functionTimeoutSeconds) => ({ functionTimeoutSeconds })),
  ...retentions.split(", ").map((logRetentionDays) => ({ logRetentionDays })),
  ...["DEBUG", "INFO", "WARN", "ERROR"].map((logLevel) => ({ logLevel })),
  { groups: ["a", "a".repeat(128), "läsare", "read/write:all"] },
  { groups: [] },
  { tokenUse: ["access"] },
  { allowedOrigins: ["https://app.acme.test", "http://localhost:5173", "http://127.0.0.1"] },
  { routeSelectionExpression: "$request.body.type" },
  { executeApiEndpoint: "http://127.0.0.1:4566/_aws/execute-api" },
];

describe("settings", () => {
  for (const [values, ...problems] of wrong) {
    it(`refuse ${JSON.stringify(values).slice(0, 70)}`, async () => {
      assert.deepEqual(await problemsOf(values), problems);
    });
  }

  for (const values of right) {
    it(`take ${JSON.stringify(values).slice(0, 70)}`, async () => {
      assert.deepEqual(await problemsOf(values), []);
    });
  }

  for (const name of ["d", "Dev", "a.b", "-dev", "x".repeat(21)]) {
    it(`refuse a stack called ${name}`, async () => {
      assert.deepEqual(await problemsOf({}, name), [
        `the stack's name is "${name}", and names of resources are made from it: use ${names}, such as dev`,
      ]);
    });
  }

  it("that are wrong are listed together, in one error", async () => {
    const values = { application: "?", domain: "?", protect: "?", groups: "?", logLevel: "?" };
    const keys = (await problemsOf(values)).map((problem) => problem.split(" ")[0]);
    assert.deepEqual(keys, Object.keys(values));
  });

  it("that are wrong stop the program before it makes anything", async () => {
    await assert.rejects(evaluate({ stack: "prod" }), (error) => {
      assert.ok(error instanceof RunError);
      // As committed, prod names a domain and a zone that nobody has.
      assert.match(error.message, /^ {2}- domain is still the placeholder app\.example\.com/m);
      assert.match(error.message, /^ {2}- hostedZoneId is still the placeholder/m);
      assert.equal(error.message.split("\n").length, 3);
      return true;
    });
  });

  it("are read as the values of their types", async () => {
    const config = await readSettings({
      application: "chat",
      domain: "app.acme.test",
      ...zone,
      protect: false,
      throttleRateLimit: 20,
      throttleBurstLimit: 10,
      groups: ["a", "b"],
      functionTimeoutSeconds: 3,
    });
    assert.deepEqual(config.domain, { name: "app.acme.test", hostedZoneId: "Z0123456789ABC" });
    assert.deepEqual(config.throttle, { rateLimit: 20, burstLimit: 10 });
    assert.deepEqual(config.groups, ["a", "b"]);
    assert.equal(config.application, "chat");
    assert.equal(config.environment, "dev");
    assert.equal(config.protect, false);
    assert.equal(config.functions.timeoutSeconds, 3);
  });
});
