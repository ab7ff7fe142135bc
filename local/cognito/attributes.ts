import { invalidParameter, notAuthorized } from "./errors";
import type { Client } from "./poolSettings";

export interface AttributeSchema {
  type: "String" | "Number" | "DateTime" | "Boolean";
  required: boolean;
  mutable: boolean;
  /** Length of a string, or the number itself. */
  min?: number;
  max?: number;
}

/** As requests and answers list attributes. */
export interface AttributeEntry {
  Name: string;
  Value?: string;
}

/** The standard attributes of OpenID Connect that every pool has, but those that only the pool itself writes. */
const STANDARD = [
  "name",
  "given_name",
  "family_name",
  "middle_name",
  "nickname",
  "preferred_username",
  "profile",
  "picture",
  "website",
  "email",
  "gender",
  "birthdate",
  "zoneinfo",
  "locale",
  "phone_number",
  "address",
  "updated_at",
];
const VERIFIED_FLAGS = ["email_verified", "phone_number_verified"];
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** E.164 */
const PHONE = /^\+[1-9]\d{1,14}$/;

/** The attributes of a pool: the standard ones and what its `schemas` input adds or changes. */
export function attributeSchemas(inputs: Record<string, any>[]): Map<string, AttributeSchema> {
  const schemas = new Map<string, AttributeSchema>();
  const base = { required: false, mutable: true };
  for (const name of STANDARD) schemas.set(name, { ...base, type: "String", max: 2048 });
  for (const name of VERIFIED_FLAGS) schemas.set(name, { ...base, type: "Boolean" });
  for (const input of inputs) {
    const limits = input.stringAttributeConstraints ?? {};
    const range = input.numberAttributeConstraints ?? {};
    const standard = schemas.has(input.name);
    const custom = `${input.developerOnlyAttribute ? "dev:" : ""}custom:${input.name}`;
    schemas.set(standard ? input.name : custom, {
      type: input.attributeDataType,
      required: input.required ?? false,
      // The provider sends false where the setting is left out, for standard attributes as well.
      mutable: input.mutable ?? false,
      min: numberOrNothing(limits.minLength ?? range.minValue),
      max: numberOrNothing(limits.maxLength ?? range.maxValue),
    });
  }
  return schemas;
}

export const isEmail = (value: string) => EMAIL.test(value);
export const isPhoneNumber = (value: string) => PHONE.test(value);

/** Checks what a caller wants to write. Without a client (administrators) every attribute may be written. */
export function readAttributeEntries(
  schemas: ReadonlyMap<string, AttributeSchema>,
  entries: AttributeEntry[],
  client?: Client,
): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const { Name: name, Value: value = "" } of entries) {
    if (name === "sub") {
      throw invalidParameter("Cannot modify the non-mutable attribute sub");
    }
    const schema = schemas.get(name);
    if (!schema) {
      throw invalidParameter(
        `Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
      );
    }
    if (client && !mayWrite(client, name)) {
      throw notAuthorized("A client attempted to write unauthorized attribute");
    }
    const problem = problemOf(schema, name, value);
    if (problem) throw invalidParameter(problem);
    attributes[name] = value;
  }
  return attributes;
}

export function checkRequired(
  schemas: ReadonlyMap<string, AttributeSchema>,
  attributes: Record<string, string>,
): void {
  const missing = missingAttributes(schemas, attributes);
  if (missing.length === 0) return;
  const problems = missing.map((name) => `${name}: The attribute ${name} is required\n`);
  throw invalidParameter(`Attributes did not conform to the schema: ${problems.join("")}`);
}

export function missingAttributes(
  schemas: ReadonlyMap<string, AttributeSchema>,
  attributes: Record<string, string>,
): string[] {
  return [...schemas].flatMap(([name, schema]) =>
    schema.required && !attributes[name] ? [name] : [],
  );
}

/** What a client may see of a user: what it was given to read, or else the standard attributes. */
export function visibleAttributes(
  attributes: Record<string, string>,
  client?: Client,
): [string, string][] {
  return Object.entries(attributes).filter(
    ([name]) =>
      name === "sub" || !client || (client.readAttributes?.has(name) ?? !name.includes("custom:")),
  );
}

export function attributeEntries(attributes: [string, string][]): AttributeEntry[] {
  return attributes.map(([Name, Value]) => ({ Name, Value }));
}

/** What the pool's users and functions have to do with: all but the pool's own identifier. */
export function withoutSub(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== "sub"));
}

/** A request's list of names and values as a record; undefined where there is none. */
export function recordOf(entries: AttributeEntry[]): Record<string, string> | undefined {
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(({ Name, Value = "" }) => [Name, Value]));
}

function mayWrite(client: Client, name: string): boolean {
  if (VERIFIED_FLAGS.includes(name)) return false;
  return client.writeAttributes?.has(name) ?? STANDARD.includes(name);
}

function problemOf(schema: AttributeSchema, name: string, value: string): string | undefined {
  // An empty value clears an attribute.
  if (value === "") return undefined;
  if (name === "email" && !isEmail(value)) return "Invalid email address format.";
  if (name === "phone_number" && !isPhoneNumber(value)) return "Invalid phone number format.";
  const wrong = (text: string) => `Attributes did not conform to the schema: ${name}: ${text}\n`;
  const { type, min = -Infinity, max = Infinity } = schema;
  if (type === "Boolean" && !/^(true|false)$/.test(value)) return wrong("Value is not a boolean");
  if (type === "Number" && !Number.isFinite(Number(value))) return wrong("Value is not a number");
  const size = type === "Number" ? Number(value) : value.length;
  const measured = type === "Number" || type === "String";
  if (measured && size < min) return wrong(`Value is below the minimum of ${min}`);
  if (measured && size > max) return wrong(`Value is above the maximum of ${max}`);
  return undefined;
}

function numberOrNothing(value: unknown): number | undefined {
  return value === undefined || value === "" ? undefined : Number(value);
}
