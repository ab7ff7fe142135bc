/** What is used of dynalite, which has no types of its own. */
declare module "dynalite" {
  import type { Server } from "node:http";

  function dynalite(options: {
    /** A folder; without one, data is kept in memory. */
    path?: string;
    /** Milliseconds that a table stays in each state. */
    createTableMs?: number;
    deleteTableMs?: number;
  }): Server;
  export = dynalite;
}
