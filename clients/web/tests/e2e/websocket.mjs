/** Node 20 has no WebSocket: `node --import ./websocket.mjs` gives it that of the ws package. */

import { WebSocket } from "ws";

globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.on("error", () => {}); // a browser's socket only closes
  }
};
