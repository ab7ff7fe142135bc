/** The process that DynamoDB runs in. It ends when its parent does. */
import fs from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { Iam } from "../iam";
import { removeExpired } from "./expiry";
import { createFront } from "./front";
import type { Start, ToChild, ToParent } from "./messages";
import { provision } from "./provision";
import { openStore, type Store } from "./store";

const send = (message: ToParent): void => void process.send!(message);
const log = (line: string): void => send({ type: "log", line });

let iam: Iam;
let store: Store | undefined;

process.on("disconnect", () => process.exit());
// Ctrl-C reaches all processes of a terminal: functions still write while the parent ends them.
process.on("SIGINT", () => {});
process.on("message", (message: ToChild) => {
  if (message.type === "start") {
    start(message).catch(({ message, code }: NodeJS.ErrnoException) =>
      send({ type: "failed", message, code }),
    );
  } else if (message.type === "session") {
    iam.addSession(message.session);
  } else {
    close();
  }
});

async function start(options: Start): Promise<void> {
  iam = Iam.fromJSON(options.iam);
  await fs.mkdir(options.folder, { recursive: true });
  store = openStore(options.folder);
  for (const table of options.tables) await provision(store, table, log);
  const { server } = store;
  server.on("request", createFront({ store, iam, tables: options.tables, log }));
  // Longer than SDKs keep their connections, lest they write to one that is being closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  sweep(store, options);
  send({ type: "listening", port: (server.address() as AddressInfo).port });
}

/** Removes expired items again and again, with the given time between. */
function sweep(store: Store, options: Start): void {
  setTimeout(() => {
    Promise.all(options.tables.map((table) => removeExpired(store, table)))
      .catch((error: Error) => log(`removing expired items failed: ${error.message}`))
      .finally(() => sweep(store, options));
  }, options.ttlSeconds * 1000);
}

/** Connections that are kept alive would hold up the closing of the data. */
function close(): void {
  if (!store) process.exit();
  store.server.close(() => process.exit());
  store.server.closeIdleConnections();
  setTimeout(() => store!.server.closeAllConnections(), 500);
}
