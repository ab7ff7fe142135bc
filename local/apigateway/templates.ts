import { Compile, parse } from "velocityjs";
import { jsonPath } from "./jsonPath";

/** What a mapping template can refer to. */
export interface TemplateScope {
  /** `$input.body`. */
  body: string;
  /** The body as JSON, or as a string when it is not JSON. */
  json: unknown;
  /** `$context`. */
  context: object;
  /** `$stageVariables`. */
  stageVariables: object;
}

export interface Template {
  /** The result of every rendering, for a template without directives and references. */
  constant?: string;
  render(scope: TemplateScope): string;
}

/** Compiles a mapping template of the Velocity Template Language; throws where it cannot be parsed. */
export function compileTemplate(source: string): Template {
  if (!/[$#]/.test(source)) return { constant: source, render: () => source };
  const parsed = parse(source);
  // A compiled template keeps what directives leave behind (#set, #macro, #stop); one with references alone can be used again.
  const reusable = source.includes("#") ? undefined : new Compile(parsed);
  return {
    render(scope) {
      const template = reusable ?? new Compile(parsed);
      const variables = {
        input: new Input(scope),
        context: scope.context,
        stageVariables: scope.stageVariables,
        util: new Util(),
      };
      // Silent: API Gateway renders what is not there as nothing, Velocity alone as the reference's text.
      return template.render(variables, {}, true);
    },
  };
}

/** `$input`. */
class Input {
  readonly body: string;

  constructor(private readonly scope: TemplateScope) {
    this.body = scope.body;
  }

  path(expression: string): unknown {
    return jsonPath(this.scope.json, expression) ?? "";
  }

  json(expression: string): string {
    return JSON.stringify(jsonPath(this.scope.json, expression) ?? "");
  }
}

/** `$util`. */
class Util {
  /** By Java's rules, as on AWS: quotes of both kinds, slashes and everything beyond ASCII. */
  escapeJavaScript(value: string): string {
    return value.replace(/[^ !#-&(-.0-[\]-~]/g, escapeCharacter);
  }

  parseJson(value: string): unknown {
    return JSON.parse(value);
  }

  urlEncode(value: string): string {
    return new URLSearchParams({ "": value }).toString().slice(1);
  }

  urlDecode(value: string): string {
    return decodeURIComponent(value.replaceAll("+", " "));
  }

  base64Encode(value: string): string {
    return Buffer.from(value).toString("base64");
  }

  base64Decode(value: string): string {
    return Buffer.from(value, "base64").toString();
  }
}

const shortEscapes: Record<string, string> = {
  "\b": "\\b",
  "\n": "\\n",
  "\t": "\\t",
  "\f": "\\f",
  "\r": "\\r",
};

function escapeCharacter(character: string): string {
  if (/['"\\/]/.test(character)) return "\\" + character;
  const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return shortEscapes[character] ?? `\\u${hex}`;
}
