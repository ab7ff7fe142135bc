import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const VERSION = "2.6.1";

/** 51 MB that npm's own folder keeps, so that a new `npm ci` removes them and git never sees them. */
const FOLDER = path.join(__dirname, "../../node_modules/.cache/dynamodb-local", VERSION);

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>switchboard</groupId>
  <artifactId>dynamodb-local</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/**
 * Fetches DynamoDB Local with Maven, unless it is there.
 * @returns the folder of its Java archives and native libraries
 */
export function install(): string {
  const libraries = path.join(FOLDER, "lib");
  if (fs.existsSync(libraries)) return libraries;
  console.log(`Fetching DynamoDB Local ${VERSION} (51 MB)`);
  const fetched = path.join(FOLDER, "fetched");
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, "pom.xml"), POM);
  const { status, error } = spawnSync(
    "mvn",
    [
      ...["--batch-mode", "--quiet", "-Dstyle.color=never", "dependency:copy-dependencies"],
      ...["-DincludeScope=runtime", `-DoutputDirectory=${fetched}`],
    ],
    { cwd: FOLDER, stdio: "inherit" },
  );
  if (status !== 0) throw error ?? new Error(`Maven ended with ${status}`);
  // What is there is complete, even if an earlier run was cut off.
  fs.renameSync(fetched, libraries);
  return libraries;
}
