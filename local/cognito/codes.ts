import { randomInt } from "node:crypto";
import { codeExpired, codeMismatch } from "./errors";
import type { Pool } from "./pool";
import type { User } from "./store";

/** How long AWS's codes live, in milliseconds. */
const CONFIRMATION_MS = 24 * 3_600_000;
const RESET_MS = 3_600_000;

/** Where an answer says that a code went. */
export interface CodeDelivery {
  AttributeName: string;
  DeliveryMedium: "EMAIL" | "SMS";
  Destination: string;
}

/** Makes a code and hands it to the log, for there is no mail here. */
export function sendCode(pool: Pool, user: User, purpose: string, attribute: string): CodeDelivery {
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  const lifetime = purpose === "reset" ? RESET_MS : CONFIRMATION_MS;
  user.codes[purpose] = { code, expires: pool.clock() + lifetime };
  const destination = user.attributes[attribute] ?? "";
  const words = { confirm: "confirmation code", reset: "password reset code" }[purpose];
  pool.log(
    `cognito: ${words ?? "verification code"} for ${user.username} (${destination}): ${code}`,
  );
  return deliveryTo(attribute, destination);
}

/** Throws when a code is wrong, too old or was never sent. The caller takes the right one out of use. */
export function checkCode(pool: Pool, user: User, purpose: string, given: string): void {
  const sent = user.codes[purpose];
  if (!sent || sent.expires <= pool.clock()) throw codeExpired();
  if (sent.code !== given) {
    pool.attempts.countRequest(`code:${purpose}`, user.username);
    throw codeMismatch();
  }
}

/** The attribute by which the pool reaches somebody who signs up; undefined where it verifies none of theirs. */
export function confirmationAttribute(pool: Pool, user: User): string | undefined {
  // AWS prefers the phone when it may use both.
  return ["phone_number", "email"].find(
    (attribute) =>
      pool.settings.autoVerifiedAttributes.includes(attribute) && user.attributes[attribute],
  );
}

/** The verified attribute by which a password can be reset. */
export function recoveryAttribute(user: User): string | undefined {
  return ["email", "phone_number"].find(
    (attribute) =>
      user.attributes[attribute] && user.attributes[`${attribute}_verified`] === "true",
  );
}

/** What a client is told where the pool hides that there is nobody to send to. */
export function pretendedDelivery(username: string): CodeDelivery {
  return deliveryTo("email", username.includes("@") ? username : `${username}@example.com`);
}

function deliveryTo(attribute: string, destination: string): CodeDelivery {
  if (attribute === "phone_number") {
    const shown = `+*******${destination.slice(-4)}`;
    return { AttributeName: attribute, DeliveryMedium: "SMS", Destination: shown };
  }
  const [local = "", domain = ""] = destination.split("@");
  const shown = `${local.slice(0, 1)}***@${domain.slice(0, 1)}***`;
  return { AttributeName: attribute, DeliveryMedium: "EMAIL", Destination: shown };
}
