import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { bundle } from "./bundles";

/** What a function is allowed to do: one statement of its role's policy. */
export interface Grant {
  actions: string[];
  resources: pulumi.Input<string>[];
}

/** What all functions of a stack have in common. */
export interface FunctionDefaults {
  /** MB, 128 to 10,240. */
  memorySize: number;
  /** Seconds, 1 to 900; API Gateway waits for 29 at most. */
  timeoutSeconds: number;
  /** Days that CloudWatch keeps the logs. */
  logRetentionDays: number;
  /** The least level that a function logs. */
  logLevel: "DEBUG" | "INFO" | "WARN" | "ERROR";
}

export interface BundledFunctionArgs<Settings> {
  /** The entry point: `functions/<entry>.ts`, which exports `createHandler(settings)`. */
  entry: string;
  /** The function's name on AWS, which its role and its log group carry too. At most 64 characters. */
  functionName: string;
  /** What `createHandler` is given: plain data, no secrets, since it stands in the artefact. */
  settings: { [Name in keyof Settings]: pulumi.Input<Settings[Name]> };
  /** What the function may do beside writing its own logs. Default: nothing. */
  grants?: Grant[];
  defaults: FunctionDefaults;
  description: string;
}

/**
 * A Lambda function made from one bundled file.
 *
 * The artefact holds two files: the serialized callback with the deployed settings, and the bundle that it
 * loads. The function has a role of its own that allows what `grants` says and nothing else, and a log group
 * of its own with a retention, so that nothing is created on first use that a `destroy` would leave behind.
 */
export class BundledFunction<Settings> extends pulumi.ComponentResource {
  readonly function: aws.lambda.CallbackFunction<unknown, unknown>;
  readonly role: aws.iam.Role;
  readonly logGroup: aws.cloudwatch.LogGroup;

  constructor(
    name: string,
    args: BundledFunctionArgs<Settings>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("switchboard:aws:BundledFunction", name, {}, opts);
    const parent = { parent: this };

    this.logGroup = new aws.cloudwatch.LogGroup(
      name,
      {
        name: `/aws/lambda/${args.functionName}`,
        retentionInDays: args.defaults.logRetentionDays,
      },
      parent,
    );
    this.role = new aws.iam.Role(
      name,
      {
        name: args.functionName,
        assumeRolePolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "lambda.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        },
      },
      parent,
    );
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: this.role.name,
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: [pulumi.interpolate`${this.logGroup.arn}:*`],
            },
            ...(args.grants ?? []).map((grant) => ({
              Effect: "Allow" as const,
              Action: grant.actions,
              Resource: grant.resources,
            })),
          ],
        },
      },
      parent,
    );

    const file = bundle(args.entry);
    const settings = pulumi.all(args.settings as Record<string, pulumi.Input<unknown>>);
    this.function = new aws.lambda.CallbackFunction<unknown, unknown>(
      name,
      {
        name: args.functionName,
        description: args.description,
        // Only what this closure captures, a path and the settings, becomes code: the handler itself is the bundle.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        callbackFactory: () => require(`./${file}`).createHandler(settings.get()),
        codePathOptions: {
          extraIncludePaths: [file],
          extraExcludePackages: runtimeDependencies(),
        },
        role: this.role,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        memorySize: args.defaults.memorySize,
        timeout: args.defaults.timeoutSeconds,
        loggingConfig: {
          logFormat: "JSON",
          applicationLogLevel: args.defaults.logLevel,
          systemLogLevel: "WARN",
          logGroup: this.logGroup.name,
        },
      },
      // The first invocation may come as soon as the function is there, and then needs its rights.
      { parent: this, dependsOn: [policy] },
    );
    this.registerOutputs({ name: this.function.name, arn: this.function.arn });
  }
}

/** The packages that Pulumi would otherwise copy into the artefact: the bundle has what it needs of them. */
function runtimeDependencies(): string[] {
  const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
  return Object.keys(manifest.dependencies);
}
