import { attributeEntries, type AttributeEntry } from "../attributes";
import type { Pool } from "../pool";
import type { Group } from "../poolSettings";
import type { User } from "../store";

/** A user as answers list them; times in epoch seconds, as the JSON protocol has them. */
export function describeUser(user: User): object {
  return {
    Username: user.username,
    Enabled: user.enabled,
    UserStatus: user.status,
    UserCreateDate: user.created / 1000,
    UserLastModifiedDate: user.modified / 1000,
  };
}

export function listAttributes(user: User): AttributeEntry[] {
  return attributeEntries(Object.entries(user.attributes));
}

export function describeGroup(pool: Pool, group: Group): object {
  return {
    GroupName: group.name,
    UserPoolId: pool.settings.id,
    Description: group.description,
    Precedence: group.precedence,
    RoleArn: group.roleArn,
  };
}
