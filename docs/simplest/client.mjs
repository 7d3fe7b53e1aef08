// The simplest correct client: `node client.mjs <state file> <user id>` sends each line of its input to that user, and prints all
// that is said. PARLEY_WS_URL and PARLEY_TOKEN (an access token) are in its environment. WebSocket is a browser's, or Node 22's.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [file, other] = process.argv.slice(2);
const { PARLEY_WS_URL: url, PARLEY_TOKEN: token } = process.env;
const me = JSON.parse(Buffer.from(token.split(".")[1], "base64url")).sub;
const dm = `dm:${[me, other].sort().join(":")}`;
let state = { device: crypto.randomUUID(), cursor: 0, outbox: [] }; // what a crash must not lose
try { state = JSON.parse(readFileSync(file)); } catch { /* the first start */ }
let failures = 0, socket, live, sending, gap, heard, waiting; // the last five are this socket's

function save() { writeFileSync(`${file}.new`, JSON.stringify(state), { flush: true }); renameSync(`${file}.new`, file); }
function say(frame) { if (socket.readyState === 1) socket.send(JSON.stringify(frame)); }
function ask(frame) { waiting.set(frame.id, Date.now()); say(frame); }
function sync(cursor) { ask({ action: "sync", id: "_sync", since: state.cursor ? { [dm]: state.cursor } : {}, cursor }); }
function mark() { if (state.cursor) say({ action: "mark", id: "_mark", conversation: dm, delivered: state.cursor }); }
function flush() { // one message at a time, and only after a sync has shown what is stored already
  if (!live || sending || !state.outbox.length) return;
  const [{ id, text, seq = Infinity }] = state.outbox;
  const after = Math.min(state.cursor, seq - 1); // an earlier attempt is looked for behind it
  ask({ action: "send", id: (sending = id), ...(after ? { conversation: dm } : { to: other }), after, body: { text } });
}
function take({ conversation, seq, sender, id, body }) { // each entry once, in order; what is missing comes with a sync
  const own = sender === me && state.outbox.find((message) => message.id === id);
  if (own) own.seq = seq; // it is stored, and is sent again until its ack: that tells the user's other devices
  if (conversation !== dm || seq <= state.cursor) return;
  if (seq > state.cursor + 1) return void (gap = true);
  state.cursor = seq; save(); console.log(`${seq} ${sender === me ? "me" : "them"}: ${body.text}`);
}
function settle(id) { state.outbox = state.outbox.filter((message) => message.id !== id); save(); sending = null; flush(); }
const on = {
  message({ entry }) { take(entry); mark(); },
  ack({ id, seq }, own = state.outbox.find((message) => message.id === id)) {
    if (own) { take({ conversation: dm, seq, sender: me, id, body: { text: own.text } }); settle(id); }
  },
  synced({ entries, more, cursor, begins, generation }) {
    const known = state.generation;
    if (known !== generation) { state.cursor = 0; state.generation = generation; save(); } // the server was restored: begin again
    if (known && known !== generation) { live = false; return sync(); }
    // What is missing may be in the archive, and so may be what was written long ago.
    if (begins?.[dm] > state.cursor + 1) { state.cursor = begins[dm] - 1; state.outbox = []; sending = null; }
    entries.forEach(take); if (more) sync(cursor); else { live = true; failures = 0; mark(); flush(); }
  },
  error({ id, code, message, retryable, retry_after: wait = 2 }, its = socket) {
    if (code === "token_expired" || code === "unauthorized") { console.error("sign in again"); process.exit(1); }
    const later = (what) => setTimeout(() => { if (its === socket) { sending = null; what(); } }, wait * 1000);
    if (id === "_sync" || code === "conflict") { live = false; later(sync); }
    else if (id === sending && retryable) later(flush);
    else if (id === sending) { console.error(`refused: ${message}`); settle(id); }
  },
};
function connect() {
  const its = (socket = new WebSocket(`${url}?device=${state.device}`, ["parley.v1", token]));
  live = sending = gap = null; heard = Date.now(); waiting = new Map();
  its.onopen = () => its === socket && sync();
  its.onclose = () => its === socket && setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** failures++));
  its.onmessage = ({ data }, frame = JSON.parse(data)) => {
    if (its !== socket) return; heard = Date.now(); waiting.delete(frame.id); on[frame.type]?.(frame);
    if (gap && live && !waiting.has("_sync")) { gap = false; sync(); }
  };
}
setInterval(() => { // without an answer in ten seconds, or anything at all in fifteen, a socket is dead
  const dead = Date.now() - heard > 15_000 || [...waiting.values()].some((at) => Date.now() - at > 10_000);
  if (socket.readyState <= 1 && dead) { socket.close(); connect(); } else say({ action: "ping" });
}, 5_000);
createInterface({ input: process.stdin }).on("line", (text) => { state.outbox.push({ id: crypto.randomUUID(), text }); save(); flush(); }); connect();
