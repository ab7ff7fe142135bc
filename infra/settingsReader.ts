import * as pulumi from "@pulumi/pulumi";

interface TextRule {
  pattern: RegExp;
  /** What to write instead, for the error. */
  instead: string;
}

/**
 * Reads settings one by one and collects what is wrong with them, so that a person can mend all in one go.
 * A setting with a problem reads as its default until {@link finish} throws.
 */
export class SettingsReader {
  private readonly problems: string[] = [];
  private readonly keys = new Set<string>();

  constructor(private readonly config: pulumi.Config) {}

  optionalText(key: string, rule: TextRule): string | undefined {
    const value = this.get(key);
    if (value === undefined || value === "") {
      return undefined;
    }
    if (!rule.pattern.test(value)) {
      this.problem(key, `is "${value}": write ${rule.instead}`);
      return undefined;
    }
    return value;
  }

  text(key: string, rule: TextRule & { default: string }): string {
    const value = this.get(key) ?? rule.default;
    if (!rule.pattern.test(value)) {
      this.problem(key, `is "${value}": write ${rule.instead}`);
    }
    return value;
  }

  oneOf<Value extends string>(key: string, values: Value[], rule: { default: Value }): Value {
    const value = this.get(key) ?? rule.default;
    if (!values.includes(value as Value)) {
      this.problem(key, `is "${value}": write one of ${values.join(", ")}`);
    }
    return value as Value;
  }

  flag(key: string, rule: { default: boolean }): boolean {
    const value = this.get(key);
    if (value !== undefined && value !== "true" && value !== "false") {
      this.problem(key, `is "${value}": write true or false`);
    }
    return value === undefined ? rule.default : value === "true";
  }

  integer(
    key: string,
    rule: { default: number } & ({ from: number; to: number } | { among: number[] }),
  ): number {
    const text = this.get(key);
    // Number() would take an empty text for 0.
    const value = text === undefined ? rule.default : text === "" ? NaN : Number(text);
    if ("among" in rule) {
      if (!rule.among.includes(value)) {
        this.problem(key, `is "${text}": write one of ${rule.among.join(", ")}`);
      }
    } else if (!Number.isInteger(value) || value < rule.from || value > rule.to) {
      this.problem(key, `is "${text}": write a whole number from ${rule.from} to ${rule.to}`);
    }
    return value;
  }

  list(key: string, rule: TextRule & { default: string[]; atLeastOne?: boolean }): string[] {
    const text = this.get(key);
    const value = text === undefined ? rule.default : json(text);
    if (!Array.isArray(value)) {
      this.problem(key, `is ${JSON.stringify(value)}: write a list of ${rule.instead}`);
      return rule.default;
    }
    for (const [index, item] of value.entries()) {
      if (typeof item !== "string" || !rule.pattern.test(item)) {
        this.problem(`${key}[${index}]`, `is ${JSON.stringify(item)}: write ${rule.instead}`);
      }
    }
    if (rule.atLeastOne && value.length === 0) {
      this.problem(key, `is empty: write ${rule.instead}`);
    }
    if (new Set(value).size < value.length) {
      this.problem(key, "names something twice: write each once");
    }
    return value;
  }

  /** An object of named parts, which the caller checks; nothing reads as an empty one. */
  object(key: string): Record<string, unknown> {
    const text = this.get(key);
    const value = text === undefined ? {} : json(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.problem(key, `is ${JSON.stringify(value)}: write names and what stands under each`);
      return {};
    }
    return value as Record<string, unknown>;
  }

  problem(key: string, message: string): void {
    this.problems.push(`${key} ${message}`);
  }

  /** @throws RunError if any setting read so far was wrong, or the stack has one that was not read. */
  finish(): void {
    this.refuseOthers();
    if (this.problems.length > 0) {
      throw new pulumi.RunError(
        `The settings of stack "${pulumi.getStack()}" need a correction ` +
          `(pulumi config set <key> <value>, or Pulumi.${pulumi.getStack()}.yaml):\n` +
          this.problems.map((problem) => `  - ${problem}`).join("\n"),
      );
    }
  }

  private get(key: string): string | undefined {
    this.keys.add(key);
    return this.config.get(key);
  }

  /** Neither the engine nor anything else would say that a key is misspelt. */
  private refuseOthers(): void {
    const prefix = `${this.config.name}:`;
    for (const name of Object.keys(pulumi.runtime.allConfig())) {
      const key = name.slice(prefix.length);
      if (name.startsWith(prefix) && !this.keys.has(key)) {
        this.problem(key, "is not a setting: write one that Pulumi.yaml declares, or remove it");
      }
    }
  }
}

/** The value that a text of JSON stands for, or the text itself. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
