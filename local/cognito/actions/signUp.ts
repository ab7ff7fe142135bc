import { checkRequired, readAttributeEntries, recordOf, withoutSub } from "../attributes";
import {
  confirmationAttribute,
  pretendedDelivery,
  checkCode,
  sendCode,
  type CodeDelivery,
} from "../codes";
import { codeExpired, invalidParameter, notAuthorized, userNotFound } from "../errors";
import { findUser, markVerified, requireUser } from "../lookup";
import { checkPassword } from "../passwordPolicy";
import type { Pool } from "../pool";
import type { Client } from "../poolSettings";
import type { User } from "../store";
import { preSignUp } from "../trigger";
import { addUser, checkFree, identify } from "../users";
import { adminAction, clientAction, fields } from "./action";

export const SignUp = clientAction(
  {
    Username: fields.username,
    Password: fields.password,
    UserAttributes: fields.attributes,
    ValidationData: fields.attributes,
    ClientMetadata: fields.strings,
  },
  async ({ pool, client, input }) => {
    if (pool.settings.adminCreateUserOnly) {
      throw notAuthorized("SignUp is not permitted for this user pool");
    }
    const schemas = pool.settings.attributes;
    const given = readAttributeEntries(schemas, input.UserAttributes, client);
    const identity = identify(pool, input.Username, given);
    checkRequired(schemas, identity.attributes);
    checkPassword(pool.settings.passwordPolicy, input.Password);
    checkFree(pool, identity.username, identity.attributes);

    const answer = await preSignUp(pool, {
      source: "PreSignUp_SignUp",
      username: identity.username,
      clientId: client.id,
      userAttributes: withoutSub(identity.attributes),
      validationData: recordOf(input.ValidationData),
      clientMetadata: input.ClientMetadata,
    });

    // Somebody else may have taken the name while the function ran.
    checkFree(pool, identity.username, identity.attributes);
    const status = answer.autoConfirmUser ? "CONFIRMED" : "UNCONFIRMED";
    const user = addUser(pool, identity, input.Password, status);
    if (answer.autoVerifyEmail) markVerified(pool, user, "email", true);
    if (answer.autoVerifyPhone) markVerified(pool, user, "phone_number", true);
    const delivery = status === "UNCONFIRMED" ? sendConfirmation(pool, user) : undefined;
    await pool.store.save();
    return {
      UserConfirmed: answer.autoConfirmUser,
      UserSub: user.attributes.sub,
      ...(delivery && { CodeDeliveryDetails: delivery }),
    };
  },
);

export const ConfirmSignUp = clientAction(
  { Username: fields.username, ConfirmationCode: fields.code, ForceAliasCreation: fields.flag },
  async ({ pool, client, input }) => {
    const user = findUser(pool, input.Username);
    if (!user || !user.enabled) throw client.hidesUserExistence ? codeExpired() : unknownTo();
    checkUnconfirmed(user);
    const attribute = confirmationAttribute(pool, user);
    checkCode(pool, user, "confirm", input.ConfirmationCode);
    if (attribute) markVerified(pool, user, attribute, input.ForceAliasCreation);
    delete user.codes.confirm;
    confirm(pool, user);
    await pool.store.save();
    return {};
  },
);

export const ResendConfirmationCode = clientAction(
  { Username: fields.username },
  async ({ pool, client, input }) => {
    pool.attempts.countRequest("resend", input.Username);
    const user = findUser(pool, input.Username);
    if (!user || !user.enabled) return pretend(client, input.Username);
    if (user.status !== "UNCONFIRMED") throw invalidParameter("User is already confirmed.");
    const delivery = sendConfirmation(pool, user);
    if (!delivery) throw invalidParameter("Auto verification not turned on.");
    await pool.store.save();
    return { CodeDeliveryDetails: delivery };
  },
);

export const AdminConfirmSignUp = adminAction(
  { Username: fields.username },
  async ({ pool, input }) => {
    const user = requireUser(pool, input.Username);
    checkUnconfirmed(user);
    confirm(pool, user);
    await pool.store.save();
    return {};
  },
);

function checkUnconfirmed(user: User): void {
  if (user.status === "UNCONFIRMED") return;
  throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
}

function confirm(pool: Pool, user: User): void {
  user.status = "CONFIRMED";
  user.modified = pool.clock();
}

function sendConfirmation(pool: Pool, user: User): CodeDelivery | undefined {
  const attribute = confirmationAttribute(pool, user);
  return attribute === undefined ? undefined : sendCode(pool, user, "confirm", attribute);
}

function pretend(client: Client, username: string): object {
  if (!client.hidesUserExistence) throw unknownTo();
  return { CodeDeliveryDetails: pretendedDelivery(username) };
}

const unknownTo = () => userNotFound("Username/client id combination not found.");
