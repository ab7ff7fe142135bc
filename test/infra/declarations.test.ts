import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { parse } from "yaml";
import { stackConfig } from "../../local/program/stackConfig";
import { problemsOf, readSettings } from "../support/settings";

interface Declaration {
  type: string;
  description: string;
  default: unknown;
}

const declared: Record<string, Declaration> = parse(fs.readFileSync("Pulumi.yaml", "utf8")).config;

describe("Pulumi.yaml", () => {
  it("declares the settings that the program reads, and no others", async () => {
    const read = new Set<string>();
    const { value: get } = Object.getOwnPropertyDescriptor(pulumi.Config.prototype, "get")!;
    pulumi.Config.prototype.get = function (this: pulumi.Config, key: string) {
      read.add(key);
      return get.call(this, key);
    };
    try {
      await readSettings();
    } finally {
      pulumi.Config.prototype.get = get;
    }
    assert.deepEqual([...read].sort(), Object.keys(declared).sort());
  });

  it("declares the defaults that the program has", async () => {
    const defaults = Object.entries(declared).map(([key, declaration]) => [
      key,
      declaration.default,
    ]);
    assert.deepEqual(await readSettings(Object.fromEntries(defaults)), await readSettings());
  });

  for (const [key, { type, description, default: value }] of Object.entries(declared)) {
    it(`declares ${key} with a description, as ${type}`, async () => {
      assert.ok(description.length > 10);
      // The engine refuses a stack that lacks a setting without a default.
      assert.notEqual(value, undefined);
      const told = {
        boolean: /: write true or false$/,
        integer: /: write (a whole number from|one of [\d, ]+$)/,
        array: /: write a list of /,
        object: /: write /,
        string: undefined,
      }[type];
      assert.ok(type === "string" || told !== undefined, type);
      assert.equal(typeof value, type.replace("integer", "number").replace("array", "object"));
      if (told) assert.match((await problemsOf({ [key]: "?" })).join(), told);
    });
  }

  it("is refused a setting that nothing reads, since it may be misspelt", async () => {
    assert.deepEqual(await problemsOf({ protekt: true, domian: "app.acme.test" }), [
      "protekt is not a setting: write one that Pulumi.yaml declares, or remove it",
      "domian is not a setting: write one that Pulumi.yaml declares, or remove it",
    ]);
  });
});

describe("the stacks", () => {
  for (const stack of ["dev", "local", "prod"]) {
    it(`${stack} sets what Pulumi.yaml declares, and nothing wrong`, async () => {
      const settings = Object.fromEntries(
        [...stackConfig(".", stack)]
          .filter(([key]) => key.startsWith("switchboard:"))
          .map(([key, value]) => [key.slice("switchboard:".length), value]),
      );
      assert.deepEqual(Object.keys(settings).sort(), Object.keys(declared).sort());
      // What only a person can know is a placeholder in prod.
      const own = stack === "prod" && { domain: "app.acme.test", hostedZoneId: "Z0123456789ABC" };
      assert.deepEqual(await problemsOf({ ...settings, ...own }, stack), []);
    });
  }

  it("differ in what guards them", async () => {
    const protection = ["dev", "local", "prod"].map((stack) => {
      const settings = stackConfig(".", stack);
      return [settings.get("switchboard:protect"), settings.get("switchboard:pointInTimeRecovery")];
    });
    assert.deepEqual(protection, [
      ["false", "false"],
      ["false", "false"],
      ["true", "true"],
    ]);
  });
});
