import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** The least that a WebSocket server can do: give back what comes. */
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.on("listening", () => process.send!((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
