import type { SettingsReader } from "./settingsReader";
import type { Access, Namespace } from "../protocol/namespaces";

/** Seconds in the longest history that a namespace may keep: ten years. */
const longestHistory = 315_360_000;

const accessRule = '"authenticated", "group:<name>", "owner" or "backend"';

/**
 * Reads the channels' namespaces: a name, and who may do what, how long history lasts, what presence is shown.
 * What is left out is nobody but the backend, no history, no presence, no events.
 */
export function readNamespaces(read: SettingsReader): Record<string, Namespace> {
  const namespaces: Record<string, Namespace> = {};
  for (const [name, value] of Object.entries(read.object("namespaces"))) {
    const key = `namespaces.${name}`;
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
      read.problem(
        key,
        "is no name of a namespace: write a lower-case letter and up to 31 letters, digits and hyphens",
      );
    }
    if (name === "user") {
      read.problem(key, "is built in: set inboxHistorySeconds and inboxHistoryCount for it");
    }
    namespaces[name] = readNamespace(read, key, value);
  }
  return namespaces;
}

function readNamespace(read: SettingsReader, key: string, value: unknown): Namespace {
  if (!isObject(value)) {
    read.problem(
      key,
      `is ${JSON.stringify(value)}: write subscribe, publish, history and presence`,
    );
    return { subscribe: [], publish: [], presence: false, events: false };
  }
  const { subscribe, publish, history, presence, events, ...others } = value;
  for (const other of Object.keys(others)) {
    read.problem(
      `${key}.${other}`,
      "is not known: write subscribe, publish, history, presence or events",
    );
  }
  const namespace: Namespace = {
    subscribe: access(read, `${key}.subscribe`, subscribe),
    publish: access(read, `${key}.publish`, publish),
    history: history === undefined ? undefined : readHistory(read, `${key}.history`, history),
    presence: flag(read, `${key}.presence`, presence),
    events: flag(read, `${key}.events`, events),
  };
  if (namespace.events && !namespace.presence) {
    read.problem(`${key}.events`, "needs presence: write presence: true as well");
  }
  return namespace;
}

function access(read: SettingsReader, key: string, value: unknown): Access[] {
  const list = value === undefined ? ["backend"] : [value].flat();
  for (const item of list) {
    if (
      typeof item !== "string" ||
      !/^(authenticated|owner|backend|group:\S{1,128})$/u.test(item)
    ) {
      read.problem(key, `holds ${JSON.stringify(item)}: write ${accessRule}`);
    }
  }
  if (list.length === 0) {
    read.problem(key, `is empty: write ${accessRule}`);
  }
  return list as Access[];
}

function readHistory(read: SettingsReader, key: string, value: unknown): Namespace["history"] {
  if (!isObject(value)) {
    read.problem(key, `is ${JSON.stringify(value)}: write seconds and, if you like, count`);
    return undefined;
  }
  const { seconds, count, ...others } = value;
  for (const other of Object.keys(others)) {
    read.problem(`${key}.${other}`, "is not known: write seconds or count");
  }
  number(read, `${key}.seconds`, seconds, 1, longestHistory);
  if (count !== undefined) {
    number(read, `${key}.count`, count, 1, 1_000_000);
  }
  return { seconds: seconds as number, ...(count === undefined ? {} : { count: count as number }) };
}

function number(read: SettingsReader, key: string, value: unknown, from: number, to: number): void {
  if (!Number.isInteger(value) || (value as number) < from || (value as number) > to) {
    read.problem(key, `is ${JSON.stringify(value)}: write a whole number from ${from} to ${to}`);
  }
}

function flag(read: SettingsReader, key: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== "boolean") {
    read.problem(key, `is ${JSON.stringify(value)}: write true or false`);
  }
  return value === true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
