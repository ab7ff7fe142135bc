import { pretendedDelivery, recoveryAttribute, checkCode, sendCode } from "../codes";
import {
  codeExpired,
  codeMismatch,
  invalidParameter,
  notAuthorized,
  userNotFound,
} from "../errors";
import { findUser, normalise } from "../lookup";
import { checkPassword } from "../passwordPolicy";
import { revokeAllSessions } from "../sessions";
import { setPassword } from "../users";
import { clientAction, fields } from "./action";

const unknownTo = () => userNotFound("Username/client id combination not found.");

export const ForgotPassword = clientAction(
  { Username: fields.username },
  async ({ pool, client, input }) => {
    const { Username: name } = input;
    pool.attempts.countRequest("forgot", normalise(pool, name));
    const user = findUser(pool, name);
    const attribute = user && recoveryAttribute(user);
    const reachable = user?.enabled && user.status !== "UNCONFIRMED" && attribute;
    if (!reachable && client.hidesUserExistence) {
      return { CodeDeliveryDetails: pretendedDelivery(name) };
    }
    if (!user) throw unknownTo();
    if (!user.enabled) throw notAuthorized("User is disabled.");
    if (user.status === "FORCE_CHANGE_PASSWORD") {
      throw notAuthorized("User password cannot be reset in the current state.");
    }
    if (!reachable) {
      throw invalidParameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
      );
    }
    const CodeDeliveryDetails = sendCode(pool, user, "reset", reachable);
    await pool.store.save();
    return { CodeDeliveryDetails };
  },
);

export const ConfirmForgotPassword = clientAction(
  { Username: fields.username, ConfirmationCode: fields.code, Password: fields.password },
  async ({ pool, client, input }) => {
    const user = findUser(pool, input.Username);
    if (!user) throw client.hidesUserExistence ? codeMismatch() : unknownTo();
    if (!user.enabled) throw client.hidesUserExistence ? codeMismatch() : codeExpired();
    checkPassword(pool.settings.passwordPolicy, input.Password);
    checkCode(pool, user, "reset", input.ConfirmationCode);
    delete user.codes.reset;
    setPassword(pool, user, input.Password);
    revokeAllSessions(pool, user);
    pool.attempts.passwordAccepted(user.username);
    await pool.store.save();
    return {};
  },
);
