import { CognitoError } from "../errors";
import * as account from "./account";
import type { Action, Call, Service } from "./action";
import * as adminPool from "./adminPool";
import * as adminUsers from "./adminUsers";
import * as passwordReset from "./passwordReset";
import * as sessions from "./sessions";
import * as signIn from "./signIn";
import * as signUp from "./signUp";

/** Every action that the service offers, by its name in the API. */
const actions = new Map<string, Action>(
  Object.entries({
    ...signUp,
    ...signIn,
    ...sessions,
    ...passwordReset,
    ...account,
    ...adminUsers,
    ...adminPool,
  }),
);

/** Runs an action of the API; one that is not offered is refused by its name. */
export async function runAction(service: Service, call: Call): Promise<object> {
  const action = actions.get(call.name);
  if (action) return action(service, call);
  throw new CognitoError(
    "UnknownOperationException",
    `The local user pool does not support the action ${call.name || "(none named)"}.`,
  );
}
