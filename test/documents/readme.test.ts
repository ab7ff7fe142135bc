import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

const root = path.resolve(__dirname, "../..");
const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  fs.readdirSync(path.join(root, "docs")).map((file) => `docs/${file}`),
);
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");

/** The rows of the README's table of settings, as Pulumi.yaml declares them. */
function settingsRows(): string[][] {
  const { config } = parse(read("Pulumi.yaml"));
  return Object.entries<any>(config).map(([key, { description, default: value }]) => [
    `\`${key}\``,
    description,
    shown(value),
  ]);
}

/** A default as the table shows it: nothing for what is empty. */
function shown(value: unknown): string {
  const empty = value === "" || (typeof value === "object" && Object.keys(value!).length === 0);
  return empty ? "" : `\`${[value].flat().join(", ")}\``;
}

describe("documents", () => {
  it("have a table of the settings that Pulumi.yaml declares", () => {
    const table = /<!-- settings -->([^]*)<!-- \/settings -->/.exec(read("README.md"))![1]!;
    const rows = table
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    assert.deepEqual(rows, settingsRows());
  });

  for (const file of documents) {
    it(`${file} links to files that are there and names scripts that are there`, () => {
      const text = read(file);
      for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        const target = path.join(root, path.dirname(file), link!);
        assert.ok(fs.existsSync(target), `${link} is not there`);
      }
      const { scripts } = JSON.parse(read("package.json"));
      for (const [, script] of text.matchAll(/npm (?:run )?((?:test|start|run)?[a-z:-]+)/g)) {
        const known = script! in scripts || ["ci", "install", "run"].includes(script!);
        assert.ok(known, `npm run ${script} is no script`);
      }
    });
  }
});
