import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import jwt from "jsonwebtoken";
import { answerTo, Connection } from "./client";
import type { Target } from "./target";
import { newUser, type User } from "./users";

const subprotocol = "switchboard.v1";

export function describeHandshakes(getTarget: () => Target): void {
  describe("handshakes", () => {
    let target: Target;
    let user: User;

    before(async () => {
      target = getTarget();
      user = await newUser(target, "knocking");
    });

    for (const use of ["id", "access"] as const) {
      it(`takes the ${use} token in the Authorization header`, async () => {
        await assertOpens({ token: user[use] });
      });

      it(`takes the ${use} token in the query`, async () => {
        await assertOpens({ query: { token: user[use] } });
      });

      it(`takes the ${use} token beside the subprotocol, which it answers`, async () => {
        const subprotocols = [subprotocol, `bearer.${user[use]}`];
        if (target.differences.includes("subprotocol-not-answered")) {
          // Browsers and `ws` drop a connection whose subprotocol is not answered, so it is looked at from outside.
          const { status, headers } = await answerTo(target, { subprotocols });
          assert.equal(status, 101);
          assert.equal(headers["sec-websocket-protocol"], undefined);
          return;
        }
        const connection = await Connection.open(target, { subprotocols });
        assert.equal(connection.subprotocol, subprotocol);
        await connection.close();
      });
    }

    it("takes pages of its own origin and of those that it lists", async () => {
      for (const origin of target.allowedOrigins) {
        const { status } = await answerTo(target, { token: user.id, headers: { origin } });
        assert.equal(status, 101, origin);
      }
    });

    it("refuses without a credential", async () => {
      assert.match(String((await answerTo(target, {})).status), /^40[13]$/);
    });

    it("refuses what is no token", async () => {
      for (const handshake of [
        { token: "garbage" },
        { headers: { authorization: "Basic dXNlcjpwYXNz" } },
        { query: { token: "a.b.c" } },
        { subprotocols: [subprotocol, "bearer.garbage"] },
      ]) {
        assert.match(
          String((await answerTo(target, handshake)).status),
          /^40[13]$/,
          JSON.stringify(handshake),
        );
      }
    });

    it("refuses a token that was changed, or that somebody else signed", async () => {
      const forgeries = {
        changed: changed(user.id, { "cognito:username": "somebody" }),
        unsigned: `${encoded({ alg: "none" })}.${user.id.split(".")[1]}.`,
        ...forged(user.id, target),
      };
      for (const [name, token] of Object.entries(forgeries)) {
        assert.match(String((await answerTo(target, { token })).status), /^40[13]$/, name);
      }
    });

    it("refuses pages of other origins", async () => {
      const headers = { origin: "https://elsewhere.example" };
      assert.equal((await answerTo(target, { token: user.id, headers })).status, 403);
    });

    it("refuses who comes around the distribution", async () => {
      // Through the distribution there is nothing to leave out: it replaces what a client sends.
      const secret = target.originHeaders["x-origin-verify"];
      if (secret !== undefined) {
        for (const wrong of ["", `${secret}x`]) {
          const originHeaders = { ...target.originHeaders, "x-origin-verify": wrong };
          const around = { ...target, originHeaders };
          assert.equal((await answerTo(around, { token: user.id })).status, 403);
        }
        const around = { ...target, originHeaders: {} };
        assert.equal((await answerTo(around, { token: user.id })).status, 403);
      }
    });

    it("refuses a malformed session key", async () => {
      const { status } = await answerTo(target, { token: user.id, session: "not a key" });
      const expected = target.differences.includes("connect-status-not-passed") ? 403 : 400;
      assert.equal(status, expected);
    });

    async function assertOpens(handshake: Parameters<typeof Connection.open>[1]): Promise<void> {
      const connection = await Connection.open(target, handshake);
      assert.deepEqual(await connection.ask({ action: "ping" }, { type: "pong" }), {
        type: "pong",
      });
      await connection.close();
    }
  });
}

/** The token with other claims and the old signature. */
function changed(token: string, claims: Record<string, unknown>): string {
  const [header, payload, signature] = token.split(".");
  const old = JSON.parse(Buffer.from(payload!, "base64url").toString());
  return `${header}.${encoded({ ...old, ...claims })}.${signature}`;
}

/** Tokens that are right but for who signed them. */
function forged(token: string, target: Target): Record<string, string> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { header, payload } = jwt.decode(token, { complete: true }) as jwt.Jwt;
  const sign = (claims: object) =>
    jwt.sign(claims, privateKey, { algorithm: "RS256", keyid: header.kid });
  const claims = payload as jwt.JwtPayload;
  const other = `https://cognito-idp.${target.region}.amazonaws.com/${target.region}_Another01`;
  return {
    "signed by another key": sign(claims),
    "of another pool": sign({ ...claims, iss: other }),
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
