import * as v from "valibot";
import {
  listMessagesSchema,
  listPresentSchema,
  listSessionsSchema,
  postMessageSchema,
  type Me,
  type MessageList,
  type MessageSent,
  type PresentList,
  type SessionList,
  type SessionsClosed,
  type SessionView,
} from "../../protocol/http";
import { channelSchema, sessionKeySchema } from "../../protocol/names";
import { parseJson, parseValue, type FieldError, type Parsed } from "../../protocol/parse";
import type { Backend } from "../domain/backend";
import type { User } from "../domain/claims";
import { endAllSessions, endSession, keepLive } from "../domain/endSession";
import type { Log } from "../domain/log";
import { messageFrame } from "../domain/frames";
import { history } from "../domain/history";
import { publish } from "../domain/messages";
import { present } from "../domain/presence";
import type { Session } from "../domain/sessions";
import { answer, bodyText, HttpProblem, type HttpEvent, type HttpResult } from "./httpEvent";

/** A request of a signed-in user. */
export interface HttpCall {
  event: HttpEvent;
  user: User;
  backend: Backend;
  /** Epoch milliseconds. */
  deadline: number;
  log: Log;
}

export type Route = (call: HttpCall) => Promise<HttpResult>;

/** The routes of signed-in users: path -> method -> route. `{key}` stands for one segment, `{channel}` for any. */
export const routes: Record<string, Record<string, Route>> = {
  "/http/me": { GET: me },
  "/http/sessions": { GET: listSessions, DELETE: deleteSessions },
  "/http/sessions/{key}": { DELETE: deleteSession },
  "/http/messages": { POST: postMessage },
  "/http/channels/{channel}/messages": { GET: listMessages },
  "/http/channels/{channel}/presence": { GET: listPresent },
};

async function me({ user }: HttpCall): Promise<HttpResult> {
  const { username, groups, tokenUse, expires } = user;
  return answer(200, { username, groups, tokenUse, expiresAt: expires * 1000 } satisfies Me);
}

async function listSessions({ event, user, backend, deadline, log }: HttpCall) {
  const query = valid(parseValue(listSessionsSchema, event.queryStringParameters ?? {}));
  const page = await backend.sessions.page(user.username, query.after, query.limit);
  const live = await keepLive(backend, page.sessions, deadline, log);
  return answer(200, { sessions: live.map(viewOf), next: page.next } satisfies SessionList);
}

async function deleteSession({ event, user, backend, deadline, log }: HttpCall) {
  const key = event.rawPath.split("/").at(-1) ?? "";
  const parsed = v.safeParse(sessionKeySchema, key);
  if (!parsed.success) {
    throw invalidRequest([{ field: "key", message: parsed.issues[0].message }]);
  }
  const session = await backend.sessions.get(user.username, key);
  if (!session) throw new HttpProblem(404, "You have no session of that key.");
  if (!(await endSession(backend, session, deadline, log))) {
    throw new HttpProblem(503, "The session's connection could not be closed; try again.");
  }
  log.info("session ended", { username: user.username, sessionKey: key });
  return answer(204);
}

async function deleteSessions({ user, backend, deadline, log }: HttpCall) {
  const { closed, failed } = await endAllSessions(backend, user.username, deadline, log);
  log.info("sessions ended", { username: user.username, closed, failed });
  if (failed > 0) {
    throw new HttpProblem(503, `${failed} sessions could not be closed, ${closed} are; try again.`);
  }
  return answer(200, { closed } satisfies SessionsClosed);
}

async function postMessage({ event, user, backend, deadline, log }: HttpCall) {
  const message = valid(parseJson(postMessageSchema, bodyText(event)));
  const published = await publish(backend, { ...user, deadline }, message, log);
  return answer(200, published satisfies MessageSent);
}

async function listMessages({ event, user, backend }: HttpCall) {
  const query = valid(parseValue(listMessagesSchema, event.queryStringParameters ?? {}));
  const channel = backend.channels.open(channelOf(event), "subscribe", user);
  const page = await history(backend.messages, channel, query);
  const messages = page.messages.map(messageFrame);
  return answer(200, { channel: channel.name, ...page, messages } satisfies MessageList);
}

async function listPresent({ event, user, backend }: HttpCall) {
  const { after } = valid(parseValue(listPresentSchema, event.queryStringParameters ?? {}));
  const channel = backend.channels.open(channelOf(event), "subscribe", user);
  const page = await present(backend.subscriptions, channel, after);
  return answer(200, { channel: channel.name, ...page } satisfies PresentList);
}

/** The channel that the path names. */
function channelOf({ rawPath }: HttpEvent): string {
  const name = rawPath.slice("/http/channels/".length, rawPath.lastIndexOf("/"));
  const parsed = v.safeParse(channelSchema, name);
  if (parsed.success) return parsed.output;
  throw invalidRequest([{ field: "channel", message: parsed.issues[0].message }]);
}

/** The parsed value, or a problem that names the wrong fields. */
function valid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw invalidRequest(parsed.errors);
}

function invalidRequest(errors: FieldError[]): HttpProblem {
  const detail = "The request is not as it should be; see errors.";
  return new HttpProblem(400, detail, { code: "invalid-request", errors });
}

/** What a user is shown of a session. */
function viewOf(session: Session): SessionView {
  const { sessionKey, connectionId, connectedAt, subprotocol, sourceIp, userAgent } = session;
  const expiresAt = session.expires * 1000;
  return { sessionKey, connectionId, connectedAt, expiresAt, subprotocol, sourceIp, userAgent };
}
