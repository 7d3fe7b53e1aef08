/**
 * What the client keeps in memory of 10,000 messages that it has received: `node --expose-gc heap.mjs` prints bytes. Its store keeps
 * nothing, as IndexedDB keeps nothing in the page's heap.
 */

import { connect } from "../parley/core.js";
import { MemoryStore } from "../parley/live/memory_store.js";
import { Network, authOf, until } from "./fakes.js";

const MESSAGES = 10_000;
const network = new Network();
const coming = network.next();
const store = new MemoryStore("me");
let stored = 0;
store.apply = async (writes) => {
  for (const { entries } of writes) stored += entries?.length ?? 0;
};
const client = await connect({ settings: { socketUrl: "wss://x" }, auth: authOf("me"), socket: network.open, store });
const socket = await (await coming).live();
await until(() => client.state === "live");
const used = () => (globalThis.gc(), process.memoryUsage().heapUsed);
const before = used();
for (let seq = 1; seq <= MESSAGES; seq++) {
  const entry = { conversation: "dm:me:you", seq, count: seq, id: `you${seq}`, kind: "message", sender: "you", at: seq };
  socket.say({ type: "message", entry: { ...entry, body: { text: `a message of some forty characters: ${seq}` } } });
  if (seq % 100 === 0) await until(() => stored === seq);
}
console.log(Math.max(used() - before, 0));
process.exit(0);
