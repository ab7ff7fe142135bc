import type { Change } from "./outcome";

/** Warnings of the engine that say nothing of the program, with the reason. */
const forgivenWarnings: { pattern: RegExp; reason: string }[] = [
  {
    pattern: /^using pulumi-resource-\w+ from \$PATH at /,
    reason: "the machine brings the provider itself, instead of Pulumi's plugin folder",
  },
];

/** What the emulator does not read back as it was written, so that each `up` writes it again. */
const forgivenChanges: { type: string; properties: string[]; reason: string }[] = [
  {
    type: "aws:apigatewayv2/authorizer:Authorizer",
    properties: ["authorizerPayloadFormatVersion", "jwtConfiguration"],
    reason: "it gives every authorizer an empty jwtConfiguration and a payload format",
  },
  {
    type: "aws:apigatewayv2/integration:Integration",
    properties: ["integrationMethod", "templateSelectionExpression"],
    reason:
      "it gives integrations of type MOCK the method POST and forgets how a template is selected",
  },
  {
    type: "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    properties: ["customHeadersConfig", "removeHeadersConfig"],
    reason: "it gives policies without these empty ones",
  },
];

/** The warnings that the program has to answer for. */
export function unforgivenWarnings(warnings: string[]): string[] {
  return warnings.filter(
    (warning) => !forgivenWarnings.some(({ pattern }) => pattern.test(warning)),
  );
}

/** The changes that the program has to answer for. */
export function unforgivenChanges(changes: Change[]): Change[] {
  return changes.filter((change) => {
    const forgiven = forgivenChanges.find(({ type }) => type === change.type);
    return !(
      change.op === "update" &&
      forgiven !== undefined &&
      change.properties.every((property) => forgiven.properties.includes(property))
    );
  });
}
