import type { Graph, Resource } from "../graph";
import { InvalidPolicy } from "./errors";
import { managedPolicies } from "./managedPolicies";
import { statementsOf } from "./policy";

/** A role of the graph with all policies that apply to it, as plain data. */
export interface Role {
  arn: string;
  name: string;
  /** Services that its trust policy lets assume it. */
  trustedServices: string[];
  policies: { label: string; document: unknown }[];
}

/** The graph's roles: inline policies, `RolePolicy`, and attached policies, ours and AWS's. */
export function rolesOf(graph: Graph): Role[] {
  const roles = graph.ofType("aws:iam/role:Role").map((resource): Role => {
    const name = resource.outputs.name ?? resource.id;
    if (resource.inputs.permissionsBoundary) {
      throw new InvalidPolicy(`role ${name}: permissions boundaries are not supported`);
    }
    const inline: { name: string; policy: unknown }[] = resource.inputs.inlinePolicies ?? [];
    const attached: string[] = resource.inputs.managedPolicyArns ?? [];
    return {
      arn: resource.outputs.arn,
      name,
      trustedServices: trustedServices(resource.inputs.assumeRolePolicy, `role ${name}`),
      policies: [
        ...inline.map((policy) => ({
          label: `inline policy ${policy.name} of role ${name}`,
          document: policy.policy,
        })),
        ...attached.map((arn) => attachedPolicy(graph, arn, `role ${name}`)),
      ],
    };
  });
  const [exclusive] = graph.ofType("aws:iam/policyAttachment:PolicyAttachment");
  if (exclusive) {
    throw new InvalidPolicy(
      `${exclusive.type} ${exclusive.name} is not supported: use aws.iam.RolePolicyAttachment`,
    );
  }
  for (const policy of graph.ofType("aws:iam/rolePolicy:RolePolicy")) {
    roleOf(roles, policy).policies.push({
      label: `policy ${policy.name}`,
      document: policy.inputs.policy,
    });
  }
  for (const attachment of graph.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
    roleOf(roles, attachment).policies.push(
      attachedPolicy(graph, attachment.inputs.policyArn, `attachment ${attachment.name}`),
    );
  }
  return roles;
}

function roleOf(roles: Role[], resource: Resource): Role {
  const given = resource.inputs.role;
  const role = roles.find((candidate) => candidate.name === given || candidate.arn === given);
  if (!role) {
    throw new InvalidPolicy(
      `${resource.type} ${resource.name}: there is no role ${JSON.stringify(given)} in the program`,
    );
  }
  return role;
}

function attachedPolicy(graph: Graph, arn: string, by: string): Role["policies"][number] {
  const own = graph
    .ofType("aws:iam/policy:Policy")
    .find((policy) => policy.outputs.arn === arn || policy.id === arn);
  if (own) return { label: `policy ${own.name}`, document: own.inputs.policy };
  const name = /^arn:[^:]*:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  if (name !== undefined && Object.hasOwn(managedPolicies, name)) {
    return { label: name, document: managedPolicies[name] };
  }
  throw new InvalidPolicy(
    `${by}: ${arn} is neither a policy of the program nor one of the managed policies known here ` +
      `(${Object.keys(managedPolicies).join(", ")}): write out what the role needs as a policy`,
  );
}

function trustedServices(assumeRolePolicy: unknown, label: string): string[] {
  return statementsOf(assumeRolePolicy, `trust policy of ${label}`)
    .filter(
      (statement) =>
        statement.Effect === "Allow" && [statement.Action].flat().includes("sts:AssumeRole"),
    )
    .flatMap((statement) => {
      const principal = statement.Principal as { Service?: string | string[] } | undefined;
      return [principal?.Service ?? []].flat();
    });
}
