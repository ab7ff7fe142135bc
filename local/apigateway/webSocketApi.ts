import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ServerOptions, WebSocket, WebSocketServer } from "ws";
import type { Connection } from "./connection";
import { manageConnection } from "./connectionsApi";
import type { ApiDefinition } from "./definitions";
import { frameGuard } from "./frameGuard";
import { sayGoodbye, shakeHands } from "./handshake";
import type { Services } from "./services";
import { sendJson } from "./http";
import { AnswerHeaders, areValid, headerLines, isHandshake, refuse } from "./upgradeAnswer";
import { WebSocketStage } from "./webSocketStage";

/** How long a client may take to answer a close frame, in milliseconds. */
const closeTimeout = 2000;
/** How long `close` waits for `$disconnect` to be through, in milliseconds. */
const goodbyeTimeout = 3000;

/** A WebSocket API: handshakes, connections, and @connections. */
export class WebSocketApi {
  readonly #stages = new Map<string, WebSocketStage>();
  readonly #server: WebSocketServer;
  readonly #answerHeaders = new WeakMap<IncomingMessage, AnswerHeaders>();
  readonly #goodbyes = new Set<Promise<void>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(
    private readonly api: ApiDefinition,
    private readonly services: Services,
  ) {
    for (const stage of api.stages) {
      if (stage.deployed) this.#stages.set(stage.name, new WebSocketStage(api, stage, services));
    }
    const { limits } = services;
    // @types/ws does not know closeTimeout yet.
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      // The subprotocol is what $connect answers, and none otherwise.
      handleProtocols: () => false,
      closeTimeout,
    };
    this.#server = new WebSocketServer(options);
    this.#server.on("headers", (lines, req) => {
      lines.push(...headerLines(this.#answerHeaders.get(req) ?? {}));
    });
    const shortest = Math.min(limits.idleTimeout, limits.connectionDuration);
    const interval = Math.min(1000, Math.max(10, shortest / 10));
    this.#sweeper = setInterval(() => this.#sweep(), interval);
    this.#sweeper.unref();
  }

  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Without a listener an error of the client's socket ends the process; 'close' follows and is what counts.
    const ignore = () => undefined;
    socket.on("error", ignore);
    const [path = "", query = ""] = split(req.url ?? "", "?");
    const stage = this.#stages.get(/^\/([^/]+)\/?$/.exec(path)?.[1] ?? "");
    if (!stage) return refuse(socket, 403, `{"message":"Forbidden"}`);
    if (!isHandshake(req)) return refuse(socket, 400, `{"message":"Bad Request"}`);
    const outcome = await shakeHands(stage, req, query);
    if ("status" in outcome) return refuse(socket, outcome.status, outcome.body, outcome.headers);
    const { connection, headers = {} } = outcome;
    if (!areValid(headers)) {
      this.services.log(`${this.api.name}: $connect answered a header that HTTP does not allow`);
      this.#part(stage, connection, Promise.resolve());
      return refuse(socket, 502, `{"message":"Internal server error"}`);
    }
    this.#answerHeaders.set(req, headers);
    socket.off("error", ignore);
    let opened = false;
    this.#server.handleUpgrade(req, socket, head, (client) => {
      opened = true;
      this.#open(stage, connection, client, socket);
    });
    // The client went away while $connect ran.
    if (!opened) this.#part(stage, connection, Promise.resolve());
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    const [path = ""] = split(req.url ?? "", "?");
    const [, stageName = "", collection, id, ...rest] = path.split("/").map(decode);
    const stage = this.#stages.get(stageName);
    if (!stage) return sendJson(res, 403, { message: "Forbidden" });
    if (collection !== "@connections" || !id || rest.length > 0) {
      return sendJson(res, 426, { message: "Upgrade Required" }, { upgrade: "websocket" });
    }
    manageConnection(stage, id, req, res).catch((error: Error) => {
      this.services.log(`${this.api.name}: @connections: ${error.message}`);
      if (!res.headersSent) sendJson(res, 500, { message: "Internal server error" });
      else res.destroy();
    });
  }

  /** Ends all connections and waits for their `$disconnect`. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const open = [...this.#stages.values()].flatMap((stage) => [...stage.connections.values()]);
    for (const connection of open) {
      connection.end(1001, "Going away");
      connection.terminate();
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, goodbyeTimeout)));
    await Promise.race([Promise.all(this.#goodbyes), late]);
    clearTimeout(timer);
  }

  #open(stage: WebSocketStage, connection: Connection, client: WebSocket, socket: Duplex): void {
    connection.open(client);
    stage.connections.set(connection.id, connection);
    const tooLong = () => connection.end(1009, "Frame too long");
    socket.prependListener("data", frameGuard(this.services.limits.frameBytes, tooLong));
    client.on("message", (data: Buffer, isBinary) => stage.receive(connection, data, isBinary));
    client.on("ping", () => (connection.lastActiveAt = Date.now()));
    // ws has sent the close frame by then; what the client broke is in the error's code.
    client.on("error", (error: Error & { code?: string }) => {
      connection.ending ??= { code: closeCode(error.code), reason: error.message };
    });
    const closed = new Promise<void>((resolve) =>
      client.on("close", (code, reason) => {
        stage.connections.delete(connection.id);
        connection.ending ??= { code, reason: reason.toString() };
        resolve();
      }),
    );
    this.#part(stage, connection, closed);
  }

  /** Runs `$disconnect` once the connection is closed. */
  #part(stage: WebSocketStage, connection: Connection, closed: Promise<void>): void {
    const goodbye = closed
      .then(() => sayGoodbye(stage, connection, connection.ending ?? { code: 1006, reason: "" }))
      .finally(() => this.#goodbyes.delete(goodbye));
    this.#goodbyes.add(goodbye);
  }

  #sweep(): void {
    const now = Date.now();
    const { idleTimeout, connectionDuration } = this.services.limits;
    for (const stage of this.#stages.values()) {
      for (const connection of stage.connections.values()) {
        const idle = now - connection.lastActiveAt >= idleTimeout;
        if (idle || now - connection.connectedAt >= connectionDuration) {
          connection.end(1001, "Going away");
        }
      }
    }
  }
}

function closeCode(errorCode: string | undefined): number {
  if (errorCode === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return 1009;
  if (errorCode === "WS_ERR_INVALID_UTF8") return 1007;
  return errorCode?.startsWith("WS_ERR_") ? 1002 : 1006;
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
