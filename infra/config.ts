import * as pulumi from "@pulumi/pulumi";
import type { FunctionDefaults } from "./components/bundledFunction";
import type { Retention } from "../functions/domain/messageLog";
import type { Namespace } from "../protocol/namespaces";
import { readNamespaces } from "./namespaces";
import { SettingsReader } from "./settingsReader";

/** Requests a second that a stage takes, and how many it takes at once beyond that. */
export interface Throttle {
  rateLimit: number;
  burstLimit: number;
}

export interface PasswordPolicy {
  minimumLength: number;
  requireLowercase: boolean;
  requireUppercase: boolean;
  requireNumbers: boolean;
  requireSymbols: boolean;
}

/** The settings of a stack, all of them checked. Pulumi.yaml describes each one. */
export interface StackConfig {
  /** First part of the names of resources. */
  application: string;
  /** The stack's name, the second part of the names of resources. */
  environment: string;
  /** The stack's own domain, or nothing: then it is served on CloudFront's. */
  domain: { name: string; hostedZoneId: string } | undefined;
  priceClass: "PriceClass_100" | "PriceClass_200" | "PriceClass_All";
  /** Guards tables and user pool: Pulumi's protect and AWS's deletion protection. */
  protect: boolean;
  pointInTimeRecovery: boolean;
  passwordPolicy: PasswordPolicy;
  passwordSignIn: boolean;
  autoConfirmUsers: boolean;
  groups: string[];
  tokenUse: ("id" | "access")[];
  allowedOrigins: string[];
  routeSelectionExpression: string;
  throttle: Throttle;
  accessLogs: boolean;
  apiGatewayAccountRole: boolean;
  functions: FunctionDefaults;
  /** The channels' namespaces beside `user`, which is built in. */
  namespaces: Record<string, Namespace>;
  /** How long the messages to a user are kept. */
  inbox: Retention;
  /** How many workers deliver to large channels at a time. */
  fanoutMaximumConcurrency: number;
  /** Base URL under which APIs are reached instead of AWS's own, as `<base>/<api id>`. */
  executeApiEndpoint: string | undefined;
  /** Where people reach the stack instead of at its distribution, such as `http://localhost:8080`. */
  publicEndpoint: string | undefined;
  /** Base URL under which the pool's keys are found instead of AWS's own. */
  cognitoEndpoint: string | undefined;
}

/**
 * The retentions that CloudWatch Logs takes, in days.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const logRetentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/**
 * Reads the stack's settings and checks them together.
 * @throws RunError that lists every problem, each with its key and what to write instead.
 */
export function readConfig(): StackConfig {
  const read = new SettingsReader(new pulumi.Config());
  const config: StackConfig = {
    application: read.text("application", {
      default: pulumi.getProject(),
      pattern: /^[a-z][a-z0-9-]{0,18}[a-z0-9]$/,
      instead: "2 to 20 lower-case letters, digits and hyphens, such as switchboard",
    }),
    environment: stackName(read),
    domain: domain(read),
    priceClass: read.oneOf("priceClass", ["PriceClass_100", "PriceClass_200", "PriceClass_All"], {
      default: "PriceClass_100",
    }),
    protect: read.flag("protect", { default: true }),
    pointInTimeRecovery: read.flag("pointInTimeRecovery", { default: true }),
    passwordPolicy: {
      // Cognito takes 6 to 99.
      minimumLength: read.integer("passwordMinimumLength", { default: 12, from: 6, to: 99 }),
      requireLowercase: read.flag("passwordRequireLowercase", { default: true }),
      requireUppercase: read.flag("passwordRequireUppercase", { default: true }),
      requireNumbers: read.flag("passwordRequireNumbers", { default: true }),
      requireSymbols: read.flag("passwordRequireSymbols", { default: false }),
    },
    passwordSignIn: read.flag("passwordSignIn", { default: false }),
    autoConfirmUsers: read.flag("autoConfirmUsers", { default: false }),
    groups: read.list("groups", {
      default: [],
      pattern: /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u,
      instead: "names of 1 to 128 letters, digits and signs without spaces",
    }),
    tokenUse: read.list("tokenUse", {
      default: ["id", "access"],
      pattern: /^(id|access)$/,
      instead: '"id", "access" or both',
      atLeastOne: true,
    }) as ("id" | "access")[],
    allowedOrigins: read.list("allowedOrigins", {
      default: [],
      pattern: /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/,
      instead: "origins such as https://app.example.com, without a path",
    }),
    routeSelectionExpression: read.text("routeSelectionExpression", {
      default: "$request.body.action",
      pattern: /^\$request\.body\.(action|type)$/,
      instead: "$request.body.action or $request.body.type",
    }),
    throttle: {
      // The default quota of an account and Region is 10,000 a second with a burst of 5,000.
      rateLimit: read.integer("throttleRateLimit", { default: 1000, from: 1, to: 1_000_000 }),
      burstLimit: read.integer("throttleBurstLimit", { default: 500, from: 1, to: 1_000_000 }),
    },
    accessLogs: read.flag("accessLogs", { default: true }),
    apiGatewayAccountRole: read.flag("apiGatewayAccountRole", { default: false }),
    functions: {
      memorySize: read.integer("functionMemorySize", { default: 256, from: 128, to: 10_240 }),
      // API Gateway gives up after 29 seconds.
      timeoutSeconds: read.integer("functionTimeoutSeconds", { default: 15, from: 1, to: 29 }),
      logRetentionDays: read.integer("logRetentionDays", { default: 30, among: logRetentions }),
      logLevel: read.oneOf("logLevel", ["DEBUG", "INFO", "WARN", "ERROR"], { default: "INFO" }),
    },
    namespaces: readNamespaces(read),
    inbox: readInbox(read),
    // What a mapping takes.
    fanoutMaximumConcurrency: read.integer("fanoutMaximumConcurrency", {
      default: 10,
      from: 2,
      to: 1000,
    }),
    executeApiEndpoint: endpoint(read, "executeApiEndpoint"),
    publicEndpoint: endpoint(read, "publicEndpoint"),
    cognitoEndpoint: endpoint(read, "cognitoEndpoint"),
  };
  read.finish();
  return config;
}

function readInbox(read: SettingsReader): Retention {
  const day = 86_400;
  const seconds = read.integer("inboxHistorySeconds", {
    default: 30 * day,
    from: 60,
    to: 3650 * day,
  });
  const count = read.integer("inboxHistoryCount", { default: 0, from: 0, to: 1_000_000 });
  return { seconds, ...(count === 0 ? {} : { count }) };
}

function stackName(read: SettingsReader): string {
  const name = pulumi.getStack();
  if (!/^[a-z0-9][a-z0-9-]{0,18}[a-z0-9]$/.test(name)) {
    read.problem(
      "the stack's name",
      `is "${name}", and names of resources are made from it: use 2 to 20 lower-case letters, digits and hyphens, such as dev`,
    );
  }
  return name;
}

function domain(read: SettingsReader): StackConfig["domain"] {
  const name = read.optionalText("domain", {
    pattern: /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    instead: "a lower-case host name such as app.example.com, without https://",
  });
  const hostedZoneId = read.optionalText("hostedZoneId", {
    pattern: /^Z[A-Z0-9]{1,31}$/,
    instead: "the id of the Route 53 zone that holds the domain, such as Z0123456789ABC",
  });
  if (name !== undefined && /(^|\.)example\.(com|org|net)$/.test(name)) {
    read.problem(
      "domain",
      `is still the placeholder ${name}: write a domain of yours, or remove it`,
    );
  }
  if (hostedZoneId !== undefined && /^ZPLACEHOLDER/.test(hostedZoneId)) {
    read.problem(
      "hostedZoneId",
      "is still the placeholder: write the id that `aws route53 list-hosted-zones` shows",
    );
  }
  if (name !== undefined && hostedZoneId === undefined) {
    read.problem("hostedZoneId", "is missing: a domain needs the Route 53 zone that holds it");
  }
  if (name === undefined && hostedZoneId !== undefined) {
    read.problem("domain", "is missing: a hosted zone is of use with a domain only");
  }
  return name !== undefined && hostedZoneId !== undefined ? { name, hostedZoneId } : undefined;
}

function endpoint(read: SettingsReader, key: string): string | undefined {
  return read.optionalText(key, {
    pattern: /^https?:\/\/[^\s?#]+[^\s?#/]$/,
    instead: "an http(s) URL without a slash at its end, such as http://127.0.0.1:4566",
  });
}
