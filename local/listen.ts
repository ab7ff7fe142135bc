import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Has a server listen on loopback.
 * @returns the port, which the system chose where 0 was asked for.
 * @throws Error that says which option chooses another port, when this one is taken.
 */
export async function listen(server: Server, port: number, option: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken: stop what uses it, or choose another with ${option}.`)
          : error,
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
