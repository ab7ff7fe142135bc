import * as v from "valibot";
import {
  attributeEntries,
  readAttributeEntries,
  visibleAttributes,
  type AttributeEntry,
} from "../attributes";
import { checkCode, sendCode } from "../codes";
import { invalidParameter, wrongPassword } from "../errors";
import { aliasExists, markVerified, ownerOf } from "../lookup";
import { checkPassword } from "../passwordPolicy";
import type { Pool } from "../pool";
import type { Client } from "../poolSettings";
import type { User } from "../store";
import { checkPasswordOf, removeUser, setPassword } from "../users";
import { fields, userAction } from "./action";

/** The attributes whose ownership the pool proves by a code. */
const VERIFIABLE = ["email", "phone_number"];

export const GetUser = userAction({}, async ({ user, client }) => ({
  Username: user.username,
  UserAttributes: attributeEntries(visibleAttributes(user.attributes, client)),
}));

export const ChangePassword = userAction(
  { PreviousPassword: fields.password, ProposedPassword: fields.password },
  async ({ pool, user, input }) => {
    if (!checkPasswordOf(pool, user.username, user, input.PreviousPassword)) {
      pool.attempts.countRequest("change", user.username);
      throw wrongPassword();
    }
    checkPassword(pool.settings.passwordPolicy, input.ProposedPassword);
    setPassword(pool, user, input.ProposedPassword);
    await pool.store.save();
    return {};
  },
);

export const UpdateUserAttributes = userAction(
  { UserAttributes: fields.attributes },
  async ({ pool, user, client, input }) => {
    const changed = applyAttributes(pool, user, input.UserAttributes, client);
    const CodeDeliveryDetailsList = changed
      .filter((name) => pool.settings.autoVerifiedAttributes.includes(name))
      .map((name) => sendCode(pool, user, `verify:${name}`, name));
    await pool.store.save();
    return { CodeDeliveryDetailsList };
  },
);

export const GetUserAttributeVerificationCode = userAction(
  { AttributeName: v.string() },
  async ({ pool, user, input }) => {
    const { AttributeName: name } = input;
    if (!VERIFIABLE.includes(name) || !user.attributes[name]) {
      throw invalidParameter(`User has no ${name} to verify.`);
    }
    pool.attempts.countRequest(`verify:${name}`, user.username);
    const CodeDeliveryDetails = sendCode(pool, user, `verify:${name}`, name);
    await pool.store.save();
    return { CodeDeliveryDetails };
  },
);

export const VerifyUserAttribute = userAction(
  { AttributeName: v.string(), Code: fields.code },
  async ({ pool, user, input }) => {
    const { AttributeName: name, Code: code } = input;
    checkCode(pool, user, `verify:${name}`, code);
    markVerified(pool, user, name);
    delete user.codes[`verify:${name}`];
    user.modified = pool.clock();
    await pool.store.save();
    return {};
  },
);

export const DeleteUser = userAction({}, async ({ pool, user }) => {
  removeUser(pool, user);
  await pool.store.save();
  return {};
});

/** Writes attributes and tells which of those that need a proof have a new value. */
function applyAttributes(
  pool: Pool,
  user: User,
  entries: AttributeEntry[],
  client: Client | undefined,
): string[] {
  const given = readAttributeEntries(pool.settings.attributes, entries, client);
  for (const name of Object.keys(given)) {
    if (!pool.settings.attributes.get(name)?.mutable) {
      throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    }
    if (pool.settings.usernameAttributes.includes(name)) {
      const owner = ownerOf(pool, name, given[name]!);
      if (owner && owner !== user) throw aliasExists(name);
    }
  }
  const changed = VERIFIABLE.filter((name) => given[name] && given[name] !== user.attributes[name]);
  for (const [name, value] of Object.entries(given)) {
    if (value === "") delete user.attributes[name];
    else user.attributes[name] = value;
  }
  for (const name of changed) user.attributes[`${name}_verified`] = "false";
  user.modified = pool.clock();
  return changed;
}
