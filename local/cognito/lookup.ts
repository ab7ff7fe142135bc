import { CognitoError, userNotFound } from "./errors";
import type { Pool } from "./pool";
import type { User } from "./store";

/** Attributes that can take the place of a name, in the order in which a name is looked up among them. */
const ALIASES = ["email", "phone_number", "preferred_username"];

/** Names as they are compared: pools that ignore case keep them in lower case. */
export function normalise(pool: Pool, name: string): string {
  return pool.settings.caseSensitive ? name : name.toLowerCase();
}

/** Finds a user by name, `sub`, or an attribute that the pool takes for a name. */
export function findUser(pool: Pool, name: string): User | undefined {
  const { usernameAttributes, aliasAttributes } = pool.settings;
  const byName = pool.store.users.get(normalise(pool, name));
  if (byName) return byName;
  const aliases = ALIASES.filter(
    (alias) => usernameAttributes.includes(alias) || aliasAttributes.includes(alias),
  );
  for (const alias of aliases) {
    const owner = ownerOf(pool, alias, name);
    if (owner) return owner;
  }
  return [...pool.store.users.values()].find((user) => user.attributes.sub === name);
}

export function requireUser(pool: Pool, name: string): User {
  const user = findUser(pool, name);
  if (!user) throw userNotFound();
  return user;
}

/** Who signs in by this value of an attribute. An alias counts once it is verified; a preferred name always. */
export function ownerOf(pool: Pool, attribute: string, value: string): User | undefined {
  const needsNoProof =
    attribute === "preferred_username" || pool.settings.usernameAttributes.includes(attribute);
  return [...pool.store.users.values()].find(
    ({ attributes }) =>
      attributes[attribute] !== undefined &&
      normalise(pool, attributes[attribute]) === normalise(pool, value) &&
      (needsNoProof || attributes[`${attribute}_verified`] === "true"),
  );
}

/** Marks an attribute as verified. An alias has one owner: `force` takes it from the one before. */
export function markVerified(pool: Pool, user: User, attribute: string, force = false): void {
  const value = user.attributes[attribute];
  if (value === undefined) return;
  const owner = pool.settings.aliasAttributes.includes(attribute)
    ? ownerOf(pool, attribute, value)
    : undefined;
  if (owner && owner !== user) {
    if (!force) throw aliasExists(attribute);
    owner.attributes[`${attribute}_verified`] = "false";
  }
  user.attributes[`${attribute}_verified`] = "true";
}

export const aliasExists = (attribute: string) =>
  new CognitoError("AliasExistsException", `An account with the ${attribute} already exists.`);
