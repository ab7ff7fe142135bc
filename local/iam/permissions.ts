import type { Resource } from "../graph";
import { AccessDenied } from "./errors";
import { arnLike, wildcard } from "./wildcard";

/** One invocation that somebody asks for. */
export interface Invocation {
  functionArn: string;
  functionName: string;
  /** Alias or version; none for the function as such. */
  qualifier?: string;
  /** Such as `apigateway.amazonaws.com`. */
  service: string;
  sourceArn: string;
}

const action = "lambda:InvokeFunction";

/** A function's resource policy, made of the graph's `aws:lambda/permission:Permission`s. */
export type ResourcePolicy = (invocation: Invocation) => boolean;

/** Reads the permissions; those of other functions count for nothing. */
export function resourcePolicy(permissions: readonly Resource[]): ResourcePolicy {
  const grants = permissions.map(({ inputs }) => {
    const actions = wildcard(inputs.action, { ignoreCase: true });
    const source = inputs.sourceArn === undefined ? () => true : arnLike(inputs.sourceArn);
    return (invocation: Invocation): boolean =>
      actions(action) &&
      names(inputs.function, inputs.qualifier, invocation) &&
      (inputs.principal === "*" || inputs.principal === invocation.service) &&
      source(invocation.sourceArn) &&
      (inputs.sourceAccount === undefined ||
        inputs.sourceAccount === invocation.sourceArn.split(":")[4]);
  });
  return (invocation) => grants.some((allows) => allows(invocation));
}

/** A permission names its function by name or ARN, each of which may end in a qualifier. */
function names(given: string, qualifier: string | undefined, invocation: Invocation): boolean {
  const suffix = invocation.qualifier === undefined ? "" : `:${invocation.qualifier}`;
  const named = qualifier === undefined ? given : `${given}:${qualifier}`;
  return (
    named === `${invocation.functionArn}${suffix}` ||
    named === `${invocation.functionName}${suffix}`
  );
}

/** What AWS answers to a caller without a permission. */
export function invocationDenied(invocation: Invocation): AccessDenied {
  const on = invocation.qualifier ? `:${invocation.qualifier}` : "";
  return new AccessDenied(
    `User: ${invocation.service} is not authorized to perform: ${action} on resource: ` +
      `${invocation.functionArn}${on} because no resource-based policy allows the ${action} action`,
  );
}

/** The permission that would let the invocation through, as the program would write it. */
export function permissionNeeded(invocation: Invocation): string {
  return (
    `new aws.lambda.Permission(..., { function: "${invocation.functionName}", action: "${action}", ` +
    `principal: "${invocation.service}", sourceArn: "${invocation.sourceArn}" })`
  );
}
