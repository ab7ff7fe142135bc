import * as v from "valibot";
import { invalidParameter, resourceNotFound } from "../errors";
import { normalise, requireUser } from "../lookup";
import type { Pool } from "../pool";
import type { Group } from "../poolSettings";
import type { User } from "../store";
import { adminAction, fields } from "./action";
import { describeGroup, describeUser, listAttributes } from "./answers";

const userAndGroup = { Username: fields.username, GroupName: v.string() };
/** AWS pages by 60 at most. */
const pageSize = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(60)));

export const AdminAddUserToGroup = adminAction(userAndGroup, async ({ pool, input }) => {
  const { name } = requireGroup(pool, input.GroupName);
  const user = requireUser(pool, input.Username);
  if (!user.groups.includes(name)) user.groups.push(name);
  await pool.store.save();
  return {};
});

export const AdminRemoveUserFromGroup = adminAction(userAndGroup, async ({ pool, input }) => {
  const { name } = requireGroup(pool, input.GroupName);
  const user = requireUser(pool, input.Username);
  user.groups = user.groups.filter((group) => group !== name);
  await pool.store.save();
  return {};
});

export const AdminListGroupsForUser = adminAction(
  { Username: fields.username },
  async ({ pool, input }) => {
    const { groups } = requireUser(pool, input.Username);
    return {
      Groups: groups
        .flatMap((name) => pool.settings.groups.get(name) ?? [])
        .map((group) => describeGroup(pool, group)),
    };
  },
);

export const ListGroups = adminAction({}, async ({ pool }) => ({
  Groups: [...pool.settings.groups.values()].map((group) => describeGroup(pool, group)),
}));

export const ListUsers = adminAction(
  { Filter: v.optional(v.string()), Limit: pageSize, PaginationToken: v.optional(v.string()) },
  async ({ pool, input }) => {
    const users = [...pool.store.users.values()].filter(userFilter(pool, input.Filter));
    const start = readPaginationToken(input.PaginationToken);
    const end = start + (input.Limit || 60);
    return {
      Users: users
        .slice(start, end)
        .map((user) => ({ ...describeUser(user), Attributes: listAttributes(user) })),
      ...(end < users.length && { PaginationToken: String(end) }),
    };
  },
);

export const DescribeUserPool = adminAction({}, async ({ pool }) => {
  const { id, name, arn, passwordPolicy, preSignUp } = pool.settings;
  return {
    UserPool: {
      Id: id,
      Name: name,
      Arn: arn,
      EstimatedNumberOfUsers: pool.store.users.size,
      UsernameAttributes: pool.settings.usernameAttributes,
      AliasAttributes: pool.settings.aliasAttributes,
      AutoVerifiedAttributes: pool.settings.autoVerifiedAttributes,
      UsernameConfiguration: { CaseSensitive: pool.settings.caseSensitive },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: pool.settings.adminCreateUserOnly },
      LambdaConfig: preSignUp ? { PreSignUp: preSignUp } : {},
      Policies: {
        PasswordPolicy: Object.fromEntries(
          Object.entries(passwordPolicy).map(([key, value]) => [
            key.charAt(0).toUpperCase() + key.slice(1),
            value,
          ]),
        ),
      },
    },
  };
});

function requireGroup(pool: Pool, name: string): Group {
  const group = pool.settings.groups.get(name);
  if (!group) throw resourceNotFound("Group not found.");
  return group;
}

/** `name = "value"` for equality, `name ^= "value"` for a beginning; AWS knows no other. */
function userFilter(pool: Pool, filter: string | undefined): (user: User) => boolean {
  if (!filter) return () => true;
  const match = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  if (!match) throw invalidParameter(`Error while parsing filter: ${filter}`);
  const [, name = "", operator] = match;
  const wanted = match[3]!.replace(/\\(.)/g, "$1");
  return (user) => {
    const value = filterValue(user, name);
    if (value === undefined) return false;
    if (operator === "^=") return normalise(pool, value).startsWith(normalise(pool, wanted));
    return normalise(pool, value) === normalise(pool, wanted);
  };
}

function filterValue(user: User, name: string): string | undefined {
  if (name === "username") return user.username;
  if (name === "cognito:user_status") return user.status;
  if (name === "status") return user.enabled ? "Enabled" : "Disabled";
  return user.attributes[name];
}

function readPaginationToken(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d{1,9}$/.test(token)) throw invalidParameter("Invalid pagination token.");
  return Number(token);
}
