import * as http from "node:http";
import type { Duplex } from "node:stream";

/** What a server of the local run does with a request and with a WebSocket handshake. */
export interface Handlers {
  request(request: http.IncomingMessage, response: http.ServerResponse): void;
  upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * A server whose handlers come later, when the resources that they serve are known: the resources' own settings
 * hold the server's port. Until then it answers 503. A request that a handler throws at is answered 400; the
 * process lives.
 */
export class Front {
  readonly server: http.Server;
  private handlers: Handlers | undefined;

  constructor(private readonly log: (line: string) => void) {
    this.server = http.createServer((request, response) => this.request(request, response));
    this.server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
  }

  serve(handlers: Handlers): void {
    this.handlers = handlers;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private request(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.handlers === undefined) {
      response.writeHead(503, { "retry-after": "1" }).end("Starting.\n");
      return;
    }
    try {
      this.handlers.request(request, response);
    } catch (error) {
      this.log(`${request.method} ${path(request)}: ${(error as Error).message}`);
      if (!response.headersSent) {
        response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
      }
      response.end("Bad request.\n");
    }
  }

  private upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that goes away while its handshake is under way is nothing to end the process for.
    socket.on("error", () => socket.destroy());
    try {
      if (this.handlers === undefined) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
      } else {
        this.handlers.upgrade(request, socket, head);
      }
    } catch (error) {
      this.log(`handshake at ${path(request)}: ${(error as Error).message}`);
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    }
  }
}

/** The path alone: a query string may hold a credential. */
function path(request: http.IncomingMessage): string {
  return request.url!.split("?", 1)[0]!;
}
