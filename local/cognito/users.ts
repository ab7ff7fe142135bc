import { createHmac, randomUUID } from "node:crypto";
import { isEmail, isPhoneNumber } from "./attributes";
import { CognitoError, invalidParameter } from "./errors";
import { normalise, ownerOf } from "./lookup";
import type { Pool } from "./pool";
import { createVerifier, fakeVerifier, passwordMatches, type PasswordVerifier } from "./srp";
import { revokeAllSessions } from "./sessions";
import type { User, UserStatus } from "./store";

const DAY_MS = 86_400_000;

/** What a sign-up's name means in this pool: the internal name, and the attributes that follow from it. */
export function identify(
  pool: Pool,
  name: string,
  given: Record<string, string>,
): Pick<User, "username" | "attributes"> {
  const { usernameAttributes, aliasAttributes } = pool.settings;
  const sub = randomUUID();
  if (usernameAttributes.length > 0) {
    const attribute = usernameAttributes.find((candidate) =>
      candidate === "email" ? isEmail(name) : isPhoneNumber(name),
    );
    if (!attribute) {
      const kinds = usernameAttributes.map((kind) =>
        kind === "email" ? "an email" : "a phone number",
      );
      throw invalidParameter(`Username should be ${kinds.join(" or ")}.`);
    }
    return { username: sub, attributes: { sub, ...given, [attribute]: name } };
  }
  if (aliasAttributes.includes("email") && isEmail(name)) {
    throw invalidParameter(
      "Username cannot be of email format, since user pool is configured for email alias.",
    );
  }
  if (aliasAttributes.includes("phone_number") && isPhoneNumber(name)) {
    throw invalidParameter(
      "Username cannot be of phone number format, since user pool is configured for phone number alias.",
    );
  }
  return { username: normalise(pool, name), attributes: { sub, ...given } };
}

/** Throws where the name, or an attribute that serves as one, belongs to somebody already. */
export function checkFree(pool: Pool, username: string, attributes: Record<string, string>): void {
  if (pool.store.users.has(username)) {
    throw new CognitoError("UsernameExistsException", "User already exists");
  }
  for (const attribute of pool.settings.usernameAttributes) {
    const value = attributes[attribute];
    if (value && ownerOf(pool, attribute, value)) {
      throw new CognitoError(
        "UsernameExistsException",
        `An account with the given ${attribute} already exists.`,
      );
    }
  }
}

/** Adds a user; the caller has checked that the name is free and saves. */
export function addUser(
  pool: Pool,
  identity: Pick<User, "username" | "attributes">,
  password: string,
  status: UserStatus,
): User {
  const now = pool.clock();
  const user: User = {
    ...identity,
    status,
    enabled: true,
    password: verifierFor(pool, identity.username, password),
    groups: [],
    codes: {},
    created: now,
    modified: now,
  };
  pool.store.users.set(user.username, user);
  return user;
}

/** Forgets a user and ends their sessions. The caller saves. */
export function removeUser(pool: Pool, user: User): void {
  revokeAllSessions(pool, user);
  pool.store.users.delete(user.username);
}

/** `temporary` passwords must be replaced at the next sign-in. */
export function setPassword(pool: Pool, user: User, password: string, temporary = false): void {
  const days = pool.settings.passwordPolicy.temporaryPasswordValidityDays;
  user.password = verifierFor(pool, user.username, password);
  user.status = temporary ? "FORCE_CHANGE_PASSWORD" : "CONFIRMED";
  user.temporaryPasswordExpires = temporary ? pool.clock() + days * DAY_MS : undefined;
  user.modified = pool.clock();
}

/** The name within SRP: the part of the pool's id after the underscore, then the internal name. */
export function srpIdentity(pool: Pool, username: string): string {
  return `${pool.settings.id.split("_")[1] ?? ""}${username}`;
}

/** The stored verifier, or for a user who does not exist one that looks like it. */
export function verifierOf(pool: Pool, name: string, user: User | undefined): PasswordVerifier {
  return user?.password ?? fakeVerifier(pool.store.secret, normalise(pool, name));
}

/** The internal name that the pool pretends an unknown user to have: a UUID where real users have one. */
export function pretendedUsername(pool: Pool, name: string): string {
  if (pool.settings.usernameAttributes.length === 0) return normalise(pool, name);
  const digest = createHmac("sha256", pool.store.secret)
    .update(normalise(pool, name))
    .digest("hex");
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

/** Takes as long for a user who does not exist as for one who does. */
export function checkPasswordOf(
  pool: Pool,
  name: string,
  user: User | undefined,
  password: string,
): boolean {
  const identity = srpIdentity(pool, user?.username ?? name);
  const matches = passwordMatches(identity, password, verifierOf(pool, name, user));
  return matches && user !== undefined;
}

function verifierFor(pool: Pool, username: string, password: string): PasswordVerifier {
  return createVerifier(srpIdentity(pool, username), password);
}
