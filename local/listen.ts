import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Has a server listen on loopback.
 * @returns the port, which the system chose where 0 was asked for.
 * @throws Error that says which option chooses another port, when this one is taken.
 */
export async function listen(server: Server, port: number, option: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  }).catch(explainTaken(port, option));
  return (server.address() as AddressInfo).port;
}

/** @returns what makes the error of a taken port say what to do, and leaves other errors as they are. */
export function explainTaken(port: number, option: string) {
  return (error: NodeJS.ErrnoException): never => {
    throw error.code === "EADDRINUSE" ? new PortTaken(port, option) : error;
  };
}

export class PortTaken extends Error {
  constructor(port: number, option: string) {
    super(`Port ${port} is taken: stop what uses it, or choose another with ${option}.`);
  }
}
