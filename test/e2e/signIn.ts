import assert from "node:assert/strict";
import type { Target } from "./target";
import {
  newUser,
  newUsername,
  password,
  refresh,
  signInByPassword,
  signInBySrp,
  signUp,
} from "./users";

export function describeSignIn(getTarget: () => Target): void {
  describe("sign-up and sign-in", () => {
    it("confirms who signs up, through the pool's trigger", async () => {
      const { confirmed } = await signUp(getTarget(), newUsername("confirmed"));
      assert.equal(confirmed, true);
    });

    it("refuses a password that the pool's policy does not allow", async () => {
      await assert.rejects(signUp(getTarget(), newUsername("weak"), "weak"), {
        name: "InvalidPasswordException",
      });
    });

    it("refuses a name that is taken", async () => {
      const username = newUsername("taken");
      await signUp(getTarget(), username);
      await assert.rejects(signUp(getTarget(), username), { name: "UsernameExistsException" });
    });

    it("signs in by SRP, and by the password where the pool allows it", async () => {
      const target = getTarget();
      const username = newUsername("srp");
      await signUp(target, username);
      for (const tokens of [
        await signInBySrp(target, username),
        await signInByPassword(target, username),
      ]) {
        const id = claimsOf(tokens.id);
        assert.equal(id["cognito:username"], username);
        assert.equal(id.token_use, "id");
        assert.equal(id.aud, target.userPoolClientId);
        const access = claimsOf(tokens.access);
        assert.equal(access.username, username);
        assert.equal(access.token_use, "access");
        assert.equal(
          access.iss,
          `https://cognito-idp.${target.region}.amazonaws.com/${target.userPoolId}`,
        );
      }
    });

    it("does not tell a wrong password from a name that does not exist", async () => {
      const target = getTarget();
      const username = newUsername("guessed");
      await signUp(target, username);
      for (const [name, guess] of [
        [username, "Wrong-Horse-Battery-7"],
        [newUsername("nobody"), password],
      ] as const) {
        await assert.rejects(signInByPassword(target, name, guess), {
          name: "NotAuthorizedException",
          message: "Incorrect username or password.",
        });
      }
    });

    it("gives new tokens for a refresh token", async () => {
      const target = getTarget();
      const user = await newUser(target, "fresh");
      const tokens = await refresh(target, user.refresh);
      assert.equal(claimsOf(tokens.access).username, user.username);
    });
  });
}

function claimsOf(token: string): Record<string, any> {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
}
