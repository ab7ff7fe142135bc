/** A running stack, as its clients see it, with what is not as on AWS. */
export interface Target {
  /** For the titles of tests. */
  name: string;
  /** With the path, without a query. */
  webSocketUrl: string;
  /** With `/http`, without a slash at the end. */
  httpUrl: string;
  cognitoEndpoint: string;
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** What the distribution sets in requests; empty for a target that is reached through one. */
  originHeaders: Record<string, string>;
  /** Origins whose pages may connect: the stack's own, and those that its settings list. */
  allowedOrigins: string[];
  /** Credentials of somebody who may administer the user pool. */
  administrator: { accessKeyId: string; secretAccessKey: string };
  differences: Difference[];
  /** Writes a row of the connections table, where the test can: a session whose connection is not there. */
  storeSession?(session: StoredSession): Promise<void>;
  /** Writes rows of the subscriptions table, where the test can: subscribers whose connections are not there. */
  storeSubscriptions?(subscriptions: StoredSubscription[]): Promise<void>;
}

/** A row of the connections table. */
export interface StoredSession {
  username: string;
  sessionKey: string;
  connectionId: string;
  /** Epoch milliseconds. */
  connectedAt: number;
  /** Epoch seconds. */
  expires: number;
  /** Epoch seconds. */
  credentialExpires: number;
}

/** A row of the subscriptions table. */
export interface StoredSubscription {
  channel: string;
  /** What a channel's subscribers are ordered by. */
  subscriber: string;
  username: string;
  sessionKey: string;
  connectionId: string;
  /** Epoch seconds. */
  expires: number;
}

/**
 * What targets do in another way than AWS documents:
 * - `subprotocol-not-answered`: API Gateway hands the header Sec-WebSocket-Protocol of `$connect`'s answer on to the client
 *   (https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html);
 *   this target completes the handshake without it.
 * - `templates-not-evaluated`: mapping templates are VTL, evaluated with $context and $input
 *   (https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mapping-template-reference.html);
 *   this target answers with their text.
 * - `connect-status-not-passed`: a handshake that `$connect` refuses ends with the status that it answered
 *   (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html);
 *   this target ends it with 403, whatever the status.
 */
export type Difference =
  "subprotocol-not-answered" | "templates-not-evaluated" | "connect-status-not-passed";
