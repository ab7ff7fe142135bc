import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/**
 * The settings of a stack as the engine hands them to the program: the defaults of Pulumi.yaml and on top of them
 * what Pulumi.<stack>.yaml says, by full key; all values are strings, lists and objects are JSON.
 */
export function stackConfig(root: string, stack: string): Map<string, string> {
  const project = read(path.join(root, "Pulumi.yaml"));
  const settings = new Map<string, string>();
  for (const [key, declaration] of Object.entries<any>(project.config ?? {})) {
    if (declaration?.default !== undefined) {
      settings.set(`${project.name}:${key}`, text(declaration.default));
    }
  }
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  for (const [key, value] of Object.entries<any>(read(file).config ?? {})) {
    settings.set(key.includes(":") ? key : `${project.name}:${key}`, text(value));
  }
  return settings;
}

function read(file: string): Record<string, any> {
  return parse(fs.readFileSync(file, "utf8")) ?? {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
