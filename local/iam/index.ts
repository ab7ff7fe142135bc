import { createHash } from "node:crypto";
import type { Graph } from "../graph";
import { AccessDenied, InvalidPolicy, UnrecognizedClient } from "./errors";
import { compilePolicy, evaluate, type Statement } from "./policy";
import { rolesOf, type Role } from "./roles";

export { AccessDenied, InvalidPolicy, UnrecognizedClient } from "./errors";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** A role as somebody has assumed it. */
export interface Session {
  accessKeyId: string;
  roleArn: string;
  sessionName: string;
}

/** All that another process needs to authorize as this one does. */
export interface IamData {
  roles: Role[];
  sessions: Session[];
}

/**
 * The account's root user, who may do everything: for those who look into a table with the AWS CLI, and for tests.
 * Functions have the credentials of their roles.
 */
export const root = { accessKeyId: "root", secretAccessKey: "root" };

/** The identity policies of the graph's roles, and the credentials of those who have assumed one. */
export class Iam {
  private readonly roles: Role[];
  private readonly statements = new Map<string, Statement[]>();
  private readonly sessions = new Map<string, Session>();
  private readonly listeners: ((session: Session) => void)[] = [];

  /** @throws InvalidPolicy naming the policy, role or attachment that cannot be evaluated. */
  constructor(graph: Graph | { roles: Role[] }) {
    this.roles = "resources" in graph ? rolesOf(graph) : graph.roles;
    for (const role of this.roles) {
      this.statements.set(
        role.arn,
        role.policies.flatMap((policy) => compilePolicy(policy.document, policy.label)),
      );
    }
  }

  static fromJSON(data: IamData): Iam {
    const iam = new Iam({ roles: data.roles });
    data.sessions.forEach((session) => iam.addSession(session));
    return iam;
  }

  toJSON(): IamData {
    return { roles: this.roles, sessions: [...this.sessions.values()] };
  }

  /**
   * Whether a service may assume a role.
   * @throws InvalidPolicy if the program has no such role.
   */
  trusts(roleArn: string, service: string): boolean {
    return this.role(roleArn).trustedServices.includes(service);
  }

  /**
   * Credentials for a role, the same ones each time for the same session name.
   * @param sessionName stands in error messages; Lambda uses the function's name.
   */
  credentialsFor(roleArn: string, sessionName: string): Credentials {
    const { arn } = this.role(roleArn);
    const digest = createHash("sha256").update(`${arn} ${sessionName}`).digest("hex").toUpperCase();
    const accessKeyId = `ASIA${digest.slice(0, 16)}`;
    if (!this.sessions.has(accessKeyId)) {
      const session = { accessKeyId, roleArn: arn, sessionName };
      this.addSession(session);
      this.listeners.forEach((listener) => listener(session));
    }
    // Nothing verifies signatures here, so these need no secrecy: SDKs just want some.
    return { accessKeyId, secretAccessKey: digest.slice(24), sessionToken: digest };
  }

  /** Adds credentials that another process has given out. */
  addSession(session: Session): void {
    this.sessions.set(session.accessKeyId, session);
  }

  /** Calls back for each new session, so that other processes can be told. */
  onSession(listener: (session: Session) => void): void {
    this.listeners.push(listener);
  }

  /**
   * @throws AccessDenied unless a policy of the role behind the access key allows the action, or it is the root user's.
   * @throws UnrecognizedClient for an access key that was never given out.
   */
  authorize(accessKeyId: string, action: string, resourceArn: string): void {
    if (accessKeyId === root.accessKeyId) return;
    const session = this.sessions.get(accessKeyId);
    if (!session) throw new UnrecognizedClient();
    const [, partition, , resourceRegion] = resourceArn.split(":");
    const account = session.roleArn.split(":")[4];
    const decision = evaluate(this.statements.get(session.roleArn)!, action, resourceArn, {
      "aws:principalarn": session.roleArn,
      "aws:principalaccount": account,
      "aws:requestedregion": resourceRegion || undefined,
      // The endpoints stand for AWS's own, which are reached by TLS.
      "aws:securetransport": "true",
    });
    if (decision === "allowed") return;
    const role = this.role(session.roleArn);
    const user = `arn:${partition ?? "aws"}:sts::${account}:assumed-role/${role.name}/${session.sessionName}`;
    const reason =
      decision === "explicitly-denied"
        ? "with an explicit deny in an identity-based policy"
        : `because no identity-based policy allows the ${action} action`;
    throw new AccessDenied(
      `User: ${user} is not authorized to perform: ${action} on resource: ${resourceArn} ${reason}`,
    );
  }

  private role(arn: string): Role {
    const role = this.roles.find((candidate) => candidate.arn === arn);
    if (!role) throw new InvalidPolicy(`there is no role ${arn} in the program`);
    return role;
  }
}
