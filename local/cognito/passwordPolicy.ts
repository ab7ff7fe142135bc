import { randomInt } from "node:crypto";
import { CognitoError } from "./errors";

export interface PasswordPolicy {
  minimumLength: number;
  requireLowercase: boolean;
  requireNumbers: boolean;
  requireSymbols: boolean;
  requireUppercase: boolean;
  temporaryPasswordValidityDays: number;
}

/** The symbols that AWS counts; a space within the password counts as well. */
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/;

/** A pool's policy from its `passwordPolicy` input; a pool without one has AWS's default. */
export function passwordPolicyOf(input: Partial<PasswordPolicy> | undefined): PasswordPolicy {
  const required = input === undefined;
  return {
    minimumLength: input?.minimumLength ?? 8,
    requireLowercase: input?.requireLowercase ?? required,
    requireNumbers: input?.requireNumbers ?? required,
    requireSymbols: input?.requireSymbols ?? required,
    requireUppercase: input?.requireUppercase ?? required,
    temporaryPasswordValidityDays: input?.temporaryPasswordValidityDays || 7,
  };
}

/** Throws InvalidPasswordException with the first rule that the password breaks. */
export function checkPassword(policy: PasswordPolicy, password: string): void {
  const broken =
    (password.length < policy.minimumLength && "Password not long enough") ||
    (policy.requireLowercase &&
      !/\p{Ll}/u.test(password) &&
      "Password must have lowercase characters") ||
    (policy.requireUppercase &&
      !/\p{Lu}/u.test(password) &&
      "Password must have uppercase characters") ||
    (policy.requireNumbers && !/\d/.test(password) && "Password must have numeric characters") ||
    (policy.requireSymbols && !SYMBOL.test(password) && "Password must have symbol characters");
  if (broken) {
    throw new CognitoError(
      "InvalidPasswordException",
      `Password did not conform with policy: ${broken}`,
    );
  }
}

/** A random password that every policy accepts. */
export function temporaryPassword(policy: PasswordPolicy): string {
  const alphabets = [
    "abcdefghijkmnpqrstuvwxyz",
    "ABCDEFGHJKLMNPQRSTUVWXYZ",
    "23456789",
    "!@#%&*+=?",
  ];
  const length = Math.max(policy.minimumLength, 12);
  const pick = (alphabet: string) => alphabet[randomInt(alphabet.length)]!;
  const rest = Array.from({ length: length - alphabets.length }, () => pick(alphabets.join("")));
  return [...alphabets.map(pick), ...rest].join("");
}
