import * as v from "valibot";
import { invalidParameter } from "../errors";
import { requireUser } from "../lookup";
import { refreshSession, revokeAllSessions, revokeSession } from "../sessions";
import { adminAction, clientAction, fields, userAction } from "./action";

export const GetTokensFromRefreshToken = clientAction(
  { RefreshToken: v.string() },
  async ({ pool, client, input }) => {
    const rotates = client.rotationGraceSeconds !== undefined;
    if (!rotates && !client.flows.has("REFRESH_TOKEN_AUTH")) {
      throw invalidParameter("REFRESH_TOKEN_AUTH is not enabled for the client.");
    }
    const AuthenticationResult = refreshSession(pool, client, input.RefreshToken, true);
    if (rotates) await pool.store.save();
    return { AuthenticationResult };
  },
);

export const RevokeToken = clientAction({ Token: v.string() }, async ({ pool, client, input }) => {
  revokeSession(pool, client, input.Token);
  await pool.store.save();
  return {};
});

export const GlobalSignOut = userAction({}, async ({ pool, user }) => {
  revokeAllSessions(pool, user);
  await pool.store.save();
  return {};
});

export const AdminUserGlobalSignOut = adminAction(
  { Username: fields.username },
  async ({ pool, input }) => {
    revokeAllSessions(pool, requireUser(pool, input.Username));
    await pool.store.save();
    return {};
  },
);
