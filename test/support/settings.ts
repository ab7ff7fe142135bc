import * as pulumi from "@pulumi/pulumi";
import { readConfig, type StackConfig } from "../../infra/config";

/** Reads settings, given by their name without the project's, as those of that stack. */
export async function readSettings(
  values: Record<string, unknown> = {},
  stack = "dev",
): Promise<StackConfig> {
  await pulumi.runtime.setMocks({ newResource: never, call: never }, "switchboard", stack);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `switchboard:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  return readConfig();
}

/** The problems that reading ends in, line by line; none if it does not. */
export async function problemsOf(
  values: Record<string, unknown>,
  stack?: string,
): Promise<string[]> {
  try {
    await readSettings(values, stack);
    return [];
  } catch (error) {
    if (!(error instanceof pulumi.RunError)) throw error;
    const [head, ...problems] = error.message.split("\n");
    const name = stack ?? "dev";
    const expected =
      `The settings of stack "${name}" need a correction ` +
      `(pulumi config set <key> <value>, or Pulumi.${name}.yaml):`;
    if (head !== expected) throw error;
    return problems.map((line) => line.replace(/^ {2}- /, ""));
  }
}

function never(): never {
  throw new Error("settings make no resources");
}
