import { AccessDenied, InvalidPolicy } from "../iam";
import { compilePolicy, statementsOf } from "../iam/policy";

/** @throws AccessDenied if a queue's policy forbids the action. */
export type Denies = (action: string, queueArn: string) => void;

/**
 * What a queue's policy forbids. Such policies are there to refuse what does not come by TLS, which the local
 * endpoint stands for, so what is read is the statements that deny something to everybody.
 * @throws InvalidPolicy for statements that would need more than that.
 */
export function denials(document: string | undefined, label: string): Denies {
  if (document === undefined) return () => undefined;
  const statements = statementsOf(document, label).map(({ Principal, ...statement }) => {
    const principal = (Principal as { AWS?: unknown } | undefined)?.AWS ?? Principal;
    const conditions = Object.values((statement.Condition as object | undefined) ?? {});
    const keys = conditions.flatMap((condition) => Object.keys(condition as object));
    const isRead =
      statement.Effect === "Deny" &&
      [principal].flat().includes("*") &&
      keys.every((key) => key.toLowerCase() === "aws:securetransport");
    if (!isRead) {
      throw new InvalidPolicy(
        `${label}: only statements that deny something to everybody, with no condition but on ` +
          "aws:SecureTransport, are supported by the local run: allow by the policies of roles",
      );
    }
    return statement;
  });
  const compiled = compilePolicy({ Statement: statements }, label);
  return (action, queueArn) => {
    const context = { "aws:securetransport": "true" };
    if (compiled.some((statement) => statement.matches(action, queueArn, context))) {
      throw new AccessDenied(
        `Not authorized to perform: ${action} on resource: ${queueArn} with an explicit deny in a resource-based policy`,
      );
    }
  };
}
