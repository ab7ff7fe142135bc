import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Resource } from "../../local/graph";

export const account = "000000000000";
export const roleArn = `arn:aws:iam::${account}:role/handlers`;
export const apiArn = `arn:aws:execute-api:eu-west-1:${account}:abc123`;
/** Whom the functions' permissions let in. */
export const caller = { service: "apigateway.amazonaws.com", sourceArn: `${apiArn}/dev/$default` };

export function resource(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
  computed: Record<string, unknown> = {},
): Resource {
  const outputs = { ...inputs, ...computed };
  return { urn: `urn:${type}::${name}`, type, name, id: name, inputs, outputs };
}

export function role(overrides: Record<string, unknown> = {}): Resource {
  const inputs = {
    name: "handlers",
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
    ...overrides,
  };
  return resource("aws:iam/role:Role", "handlers", inputs, { arn: roleArn });
}

export function permission(name: string, overrides: Record<string, unknown> = {}): Resource {
  return resource("aws:lambda/permission:Permission", name, {
    function: name,
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    sourceArn: `${apiArn}/*`,
    ...overrides,
  });
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "switchboard-"));
}
