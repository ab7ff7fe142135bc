import * as v from "valibot";
import { readAttributeEntries, recordOf, withoutSub, type AttributeEntry } from "../attributes";
import { CognitoError, userNotFound } from "../errors";
import { findUser, markVerified, requireUser } from "../lookup";
import { checkPassword, temporaryPassword } from "../passwordPolicy";
import type { Pool } from "../pool";
import type { User } from "../store";
import { revokeAllSessions } from "../sessions";
import { preSignUp } from "../trigger";
import { addUser, checkFree, identify, removeUser, setPassword } from "../users";
import { adminAction, fields } from "./action";
import { describeUser, listAttributes } from "./answers";

const byName = { Username: fields.username };

export const AdminCreateUser = adminAction(
  {
    ...byName,
    TemporaryPassword: v.optional(fields.password),
    UserAttributes: fields.attributes,
    ValidationData: fields.attributes,
    ClientMetadata: fields.strings,
    MessageAction: v.optional(v.picklist(["RESEND", "SUPPRESS"])),
    ForceAliasCreation: fields.flag,
  },
  async ({ pool, input }) => {
    const policy = pool.settings.passwordPolicy;
    const password = input.TemporaryPassword ?? temporaryPassword(policy);
    checkPassword(policy, password);
    const existing = findUser(pool, input.Username);
    const resend = input.MessageAction === "RESEND";
    if (resend && !existing) throw userNotFound();
    if (existing && !(resend && existing.status === "FORCE_CHANGE_PASSWORD")) {
      throw new CognitoError("UsernameExistsException", "User account already exists");
    }
    const user = existing ?? (await invite(pool, input, password));
    setPassword(pool, user, password, true);
    if (input.MessageAction !== "SUPPRESS") {
      pool.log(`cognito: temporary password for ${user.username}: ${password}`);
    }
    await pool.store.save();
    return { User: { ...describeUser(user), Attributes: listAttributes(user) } };
  },
);

export const AdminSetUserPassword = adminAction(
  { ...byName, Password: fields.password, Permanent: fields.flag },
  async ({ pool, input }) => {
    const user = requireUser(pool, input.Username);
    checkPassword(pool.settings.passwordPolicy, input.Password);
    setPassword(pool, user, input.Password, !input.Permanent);
    await pool.store.save();
    return {};
  },
);

export const AdminGetUser = adminAction(byName, async ({ pool, input }) => {
  const user = requireUser(pool, input.Username);
  return { ...describeUser(user), UserAttributes: listAttributes(user) };
});

export const AdminDeleteUser = adminAction(byName, async ({ pool, input }) => {
  removeUser(pool, requireUser(pool, input.Username));
  await pool.store.save();
  return {};
});

export const AdminDisableUser = adminAction(byName, async ({ pool, input }) => {
  const user = requireUser(pool, input.Username);
  user.enabled = false;
  revokeAllSessions(pool, user);
  await pool.store.save();
  return {};
});

export const AdminEnableUser = adminAction(byName, async ({ pool, input }) => {
  requireUser(pool, input.Username).enabled = true;
  await pool.store.save();
  return {};
});

async function invite(
  pool: Pool,
  input: {
    Username: string;
    UserAttributes: AttributeEntry[];
    ValidationData: AttributeEntry[];
    ClientMetadata?: Record<string, string>;
    ForceAliasCreation: boolean;
  },
  password: string,
): Promise<User> {
  const given = readAttributeEntries(pool.settings.attributes, input.UserAttributes);
  const identity = identify(pool, input.Username, given);
  // What the function answers is for those who sign up themselves; here it can only refuse.
  await preSignUp(pool, {
    source: "PreSignUp_AdminCreateUser",
    username: identity.username,
    userAttributes: withoutSub(identity.attributes),
    validationData: recordOf(input.ValidationData),
    clientMetadata: input.ClientMetadata,
  });
  checkFree(pool, identity.username, identity.attributes);
  const user = addUser(pool, identity, password, "FORCE_CHANGE_PASSWORD");
  try {
    for (const attribute of ["email", "phone_number"]) {
      if (user.attributes[`${attribute}_verified`] !== "true") continue;
      user.attributes[`${attribute}_verified`] = "false";
      markVerified(pool, user, attribute, input.ForceAliasCreation);
    }
  } catch (error) {
    pool.store.users.delete(user.username);
    throw error;
  }
  return user;
}
