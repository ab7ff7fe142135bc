import type { Context } from "aws-lambda";
import * as v from "valibot";
import { MAX_CONNECTION_SECONDS, SUBPROTOCOL } from "../protocol/limits";
import { sessionKeySchema } from "../protocol/names";
import type { Namespace } from "../protocol/namespaces";
import { createChannels } from "./domain/channels";
import { createConnections } from "./domain/connections";
import { subprotocolEntries } from "./domain/credentials";
import { createDynamoClient } from "./domain/dynamoClient";
import { createDynamoSessions } from "./domain/dynamoSessions";
import { createDynamoSubscriptions } from "./domain/dynamoSubscriptions";
import { createFanoutQueue } from "./domain/fanoutQueue";
import { leaveAll } from "./domain/leave";
import { createLog, errorFields, type Log } from "./domain/log";
import { NewerSession, type Session } from "./domain/sessions";
import { closeConnection } from "./domain/endSession";
import { viewerAddress } from "./domain/viewerAddress";
import { deadlineOf } from "./lambda/deadline";
import { callerOf, header, query } from "./lambda/webSocketEvent";
import type { WebSocketEvent, WebSocketResult } from "./lambda/webSocketEvent";

export interface ConnectSettings {
  connectionsTable: string;
  subscriptionsTable: string;
  connectionsEndpoint: string;
  fanoutQueueUrl: string;
  namespaces: Record<string, Namespace>;
}

/** Longest user agent that is kept, in characters. */
const MAX_USER_AGENT_LENGTH = 256;

/** Longest time spent on closing the connection that is replaced: the handshake waits meanwhile. */
const CLOSE_MS = 2000;

/**
 * `$connect`: stores the session, in place of an older connection with the same session key, which is closed and
 * loses its subscriptions.
 */
export function createHandler(settings: ConnectSettings) {
  const client = createDynamoClient();
  const sessions = createDynamoSessions(settings.connectionsTable, client);
  const connections = createConnections(settings.connectionsEndpoint);
  const leaving = {
    subscriptions: createDynamoSubscriptions(settings.subscriptionsTable, client),
    channels: createChannels(settings.namespaces),
    queue: createFanoutQueue(settings.fanoutQueueUrl),
  };

  /** The new session has begun: what stays of the old one's subscriptions is cleaned up when they are next used. */
  async function leaveFor(replaced: Session, log: Log): Promise<void> {
    try {
      await leaveAll(leaving, replaced);
    } catch (error) {
      log.error("subscriptions were not removed", errorFields(error));
    }
  }

  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const { connectionId } = event.requestContext;
    const log = createLog({ connectionId, requestId: context.awsRequestId });
    const problem = problemOf(event);
    if (problem) {
      log.warn("handshake refused", { reason: problem });
      return { statusCode: 400, body: problem };
    }
    const session = sessionOf(event);
    let replaced: Session | undefined;
    try {
      replaced = await sessions.put(session);
    } catch (error) {
      if (!(error instanceof NewerSession)) throw error;
      log.warn("handshake refused", { reason: error.message });
      return { statusCode: 409, body: error.message };
    }
    log.info("connected", { username: session.username, sessionKey: session.sessionKey });
    if (replaced && replaced.connectionId !== connectionId) {
      await closeConnection(connections, replaced.connectionId, deadlineOf(context, CLOSE_MS), log);
      await leaveFor(replaced, log);
    }
    if (session.subprotocol === undefined) return { statusCode: 200 };
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": session.subprotocol } };
  };
}

/** What the client has to write differently, if anything. */
function problemOf(event: WebSocketEvent): string | undefined {
  const keys = query(event, "session");
  if (keys.length > 1) return "session: given twice, write it once";
  const key = v.safeParse(v.optional(sessionKeySchema), keys[0]);
  if (!key.success) return `session: ${key.issues[0].message}`;
  const offered = offeredSubprotocols(event);
  if (offered.length > 0 && !offered.includes(SUBPROTOCOL)) {
    return `Sec-WebSocket-Protocol: offer ${SUBPROTOCOL} as well`;
  }
  return undefined;
}

function offeredSubprotocols(event: WebSocketEvent): string[] {
  return subprotocolEntries(header(event, "sec-websocket-protocol"));
}

function sessionOf(event: WebSocketEvent): Session {
  const { connectionId, connectedAt, identity } = event.requestContext;
  const caller = callerOf(event);
  if (!caller || !Number.isFinite(caller.expires)) {
    throw new Error("$connect came without the authorizer's context: attach it to the route");
  }
  const peer = identity?.sourceIp ?? "";
  const longest = Math.floor(connectedAt / 1000) + MAX_CONNECTION_SECONDS;
  return {
    username: caller.username,
    sessionKey: caller.sessionKey,
    connectionId,
    connectedAt,
    expires: Math.min(caller.expires, longest),
    credentialExpires: caller.expires,
    subprotocol: offeredSubprotocols(event).length > 0 ? SUBPROTOCOL : undefined,
    sourceIp: viewerAddress(header(event, "x-forwarded-for"), peer) || undefined,
    userAgent: header(event, "user-agent")[0]?.slice(0, MAX_USER_AGENT_LENGTH),
  };
}
