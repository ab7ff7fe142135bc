import { spawnSync } from "node:child_process";

/** What DynamoDB Local 2 asks for. */
const JAVA_VERSION = 17;

/** What a machine lacks, in words. */
export function missingPrerequisites(): string[] {
  const missing: string[] = [];
  // Such as: openjdk 17.0.15 2025-04-15
  const java = spawnSync("java", ["--version"], { encoding: "utf8" });
  const version = Number(/\s(\d+)/.exec(java.stdout ?? "")?.[1]);
  if (!(version >= JAVA_VERSION)) missing.push(`Java ${JAVA_VERSION} or later`);
  if (spawnSync("mvn", ["--version"], { stdio: "ignore" }).status !== 0) missing.push("Maven");
  return missing;
}
