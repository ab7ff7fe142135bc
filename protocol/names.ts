import * as v from "valibot";
import { INBOX_NAMESPACE } from "./namespaces";
import { MAX_ID_LENGTH, MAX_USERNAME_LENGTH, SESSION_KEY_PATTERN } from "./limits";

const ID_RULE = `write a string of 1 to ${MAX_ID_LENGTH} characters`;
const SESSION_KEY_RULE = "write 1 to 64 of the characters A-Z a-z 0-9 _ -";
const USERNAME_RULE = `write a user name of 1 to ${MAX_USERNAME_LENGTH} characters without spaces`;

/** Characters of a user name as Cognito defines them, and of a channel's: letters, marks, symbols, numbers, punctuation. */
const USERNAME_PATTERN = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u;

/** The id that a client gives a message. */
export const idSchema = v.pipe(
  v.string(ID_RULE),
  v.minLength(1, ID_RULE),
  v.maxLength(MAX_ID_LENGTH, ID_RULE),
);

/** The name of a user of the pool. */
export const usernameSchema = v.pipe(
  v.string(USERNAME_RULE),
  v.maxLength(MAX_USERNAME_LENGTH, USERNAME_RULE),
  v.regex(USERNAME_PATTERN, USERNAME_RULE),
);

/** The key of a session. */
export const sessionKeySchema = v.pipe(
  v.string(SESSION_KEY_RULE),
  v.regex(SESSION_KEY_PATTERN, SESSION_KEY_RULE),
);

const CHANNEL_RULE =
  "write <namespace>:<name>, the name 1 to 128 characters without spaces, such as user:alice";

const NAMESPACE_PATTERN = /^[a-z][a-z0-9-]{0,31}$/;

/** A channel, `<namespace>:<name>`; in the namespace `user` the name is a user's. */
export const channelSchema = v.pipe(
  v.string(CHANNEL_RULE),
  v.check((channel) => {
    const { namespace, name } = partsOfChannel(channel);
    return NAMESPACE_PATTERN.test(namespace) && v.is(usernameSchema, name);
  }, CHANNEL_RULE),
);

/** The two parts of a channel's name; only the first colon parts them. */
export function partsOfChannel(channel: string): { namespace: string; name: string } {
  const colon = channel.indexOf(":");
  return { namespace: channel.slice(0, Math.max(0, colon)), name: channel.slice(colon + 1) };
}

/** The user whose inbox this channel is, or undefined for a channel of another namespace. */
export function userOfChannel(channel: string): string | undefined {
  const { namespace, name } = partsOfChannel(channel);
  return namespace === INBOX_NAMESPACE ? name : undefined;
}

/** The channel that is a user's inbox. */
export function inboxOf(username: string): string {
  return `${INBOX_NAMESPACE}:${username}`;
}
