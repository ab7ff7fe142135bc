import type { asset } from "@pulumi/pulumi";
import { randomBytes } from "node:crypto";
import type { Resource } from "../graph";
import type { Credentials, Iam } from "../iam";
import { logLevels, type LogLevel, type SandboxData } from "./runtime/messages";

/** A function of the graph, with AWS's defaults for what it leaves open. */
export interface FunctionSettings {
  name: string;
  arn: string;
  role: string;
  code: asset.Archive;
  handler: string;
  runtime: string;
  /** MB. */
  memorySize: number;
  timeoutSeconds: number;
  /** Events at a time beyond which AWS refuses more; none: no limit of its own. */
  reservedConcurrency?: number;
  variables: Record<string, string>;
  logGroupName: string;
  logFormat: "JSON" | "Text";
  logLevel: LogLevel;
}

/**
 * Reads a function's inputs.
 * @throws Error naming what cannot be run here or would be refused by AWS.
 */
export function readFunction({ inputs, outputs }: Resource, iam: Iam): FunctionSettings {
  const name: string = outputs.name;
  const refuse = (reason: string): never => {
    throw new Error(reason);
  };
  if (!inputs.code) refuse("needs `code`; images and packages in buckets cannot be run here");
  if (inputs.layers?.length) refuse("`layers` are not supported, put what they hold into the code");
  if (!/^nodejs\d+\.x$/.test(inputs.runtime))
    refuse(`runtime ${inputs.runtime} cannot be run here`);
  if (typeof inputs.handler !== "string") refuse("needs a `handler`");
  if (!iam.trusts(inputs.role, "lambda.amazonaws.com")) {
    refuse(`The role defined for the function cannot be assumed by Lambda: ${inputs.role}`);
  }
  const variables: Record<string, string> = inputs.environment?.variables ?? {};
  const reserved = Object.keys(variables).find((key) => reservedVariables.has(key));
  if (reserved) refuse(`environment variable ${reserved} is reserved by Lambda`);

  const logging = inputs.loggingConfig ?? {};
  const isJson = logging.logFormat === "JSON";
  const reservedConcurrency = inputs.reservedConcurrentExecutions;
  return {
    name,
    arn: outputs.arn,
    role: inputs.role,
    code: inputs.code,
    handler: inputs.handler,
    runtime: inputs.runtime,
    memorySize: inputs.memorySize ?? 128,
    timeoutSeconds: inputs.timeout ?? 3,
    reservedConcurrency: reservedConcurrency >= 0 ? reservedConcurrency : undefined,
    variables,
    logGroupName: logging.logGroup ?? `/aws/lambda/${name}`,
    logFormat: isJson ? "JSON" : "Text",
    // Levels filter JSON logs alone.
    logLevel: isJson ? (logging.applicationLogLevel ?? "INFO") : logLevels[0],
  };
}

/** Variables of which AWS refuses a function's own values. */
const reservedVariables = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** What a new sandbox of the function is told, beside its environment. */
export function sandboxData(settings: FunctionSettings, root: string): SandboxData {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return {
    functionName: settings.name,
    functionArn: settings.arn,
    root,
    handler: settings.handler,
    memorySize: settings.memorySize,
    logGroupName: settings.logGroupName,
    logStreamName: `${day}/[$LATEST]${randomBytes(16).toString("hex")}`,
    logFormat: settings.logFormat,
    logLevel: settings.logLevel,
  };
}

/**
 * A function's environment: the variables that Lambda documents, what the local run adds, and the function's
 * own. Nothing of this process's environment is in it.
 * @param extra where AWS's endpoints are, and the Region.
 */
export function environmentOf(
  settings: FunctionSettings,
  data: SandboxData,
  credentials: Credentials,
  extra: Record<string, string>,
): Record<string, string> {
  const region = extra.AWS_REGION ?? settings.arn.split(":")[3]!;
  return {
    ...settings.variables,
    LANG: "en_US.UTF-8",
    TZ: settings.variables.TZ ?? ":UTC",
    _HANDLER: settings.handler,
    LAMBDA_TASK_ROOT: data.root,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: data.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: data.logStreamName,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    ...extra,
  };
}
