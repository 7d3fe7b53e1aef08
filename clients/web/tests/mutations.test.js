/** Small changes of the machine, each of which the vectors must notice: otherwise they do not cover what it breaks. */

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import * as vectors from "./vectors.js";

/** @type {[name: string, file: string, from: string, to: string][]} */
const MUTATIONS = [
  ["the pause has no cap", "constants.js", "BACKOFF_CAP = 30", "BACKOFF_CAP = 300"],
  ["failures are forgotten too early", "constants.js", "BACKOFF_RESET = 30", "BACKOFF_RESET = 29"],
  ["a throttled client waits less", "constants.js", "THROTTLED_FLOOR = 5", "THROTTLED_FLOOR = 4"],
  ["signed out after two refusals", "constants.js", "REFUSALS = 3", "REFUSALS = 2"],
  ["signed out for longer", "constants.js", "SIGNED_OUT_RETRY = 300", "SIGNED_OUT_RETRY = 301"],
  ["opening may take longer", "constants.js", "OPEN_TIMEOUT = 15", "OPEN_TIMEOUT = 16"],
  ["answers may take longer", "constants.js", "COMMAND_TIMEOUT = 10", "COMMAND_TIMEOUT = 11"],
  ["pings are rarer", "constants.js", "PING_AFTER = 240", "PING_AFTER = 241"],
  ["a pong may take longer", "constants.js", "PONG_TIMEOUT = 10", "PONG_TIMEOUT = 11"],
  ["a socket is renewed earlier", "constants.js", "RENEW_AFTER_MIN = 6600", "RENEW_AFTER_MIN = 6599"],
  ["a socket is renewed later", "constants.js", "RENEW_AFTER_MAX = 7020", "RENEW_AFTER_MAX = 7021"],
  ["the token's lead is shorter", "constants.js", "TOKEN_LEAD_MIN = 60", "TOKEN_LEAD_MIN = 59"],
  ["the token's lead is longer", "constants.js", "TOKEN_LEAD_MAX = 120", "TOKEN_LEAD_MAX = 121"],
  ["a hot loop of renewals", "constants.js", "RENEW_GAP = 30", "RENEW_GAP = 29"],
  ["a renewal waits longer for answers", "constants.js", "QUIET_WAIT = 30", "QUIET_WAIT = 31"],
  ["syncs are rarer", "constants.js", "RESYNC_EVERY = 1800", "RESYNC_EVERY = 1801"],
  ["a gap is fetched earlier", "constants.js", "GAP_GRACE = 0.5", "GAP_GRACE = 0.4"],
  ["fewer entries are held", "constants.js", "HELD_LIMIT = 200", "HELD_LIMIT = 199"],
  ["fewer conversations are named", "constants.js", "SYNC_NAMES = 300", "SYNC_NAMES = 299"],
  ["names take more bytes", "constants.js", "SYNC_BYTES = 24 * 1024", "SYNC_BYTES = 25 * 1024"],
  ["marks are gathered longer", "constants.js", "MARK_DELAY = 0.3", "MARK_DELAY = 0.4"],
  ["a pause may be longer", "constants.js", "RETRY_AFTER_CAP = 60", "RETRY_AFTER_CAP = 61"],
  ["typing is said more often", "constants.js", "TYPING_EVERY = 3", "TYPING_EVERY = 2"],
  ["typing is shown longer", "constants.js", "TYPING_SHOWN = 5", "TYPING_SHOWN = 6"],
  ["larger frames are sent", "constants.js", "FRAME_LIMIT = 32 * 1024", "FRAME_LIMIT = 32 * 1024 + 1"],
  ["an unspecific pause ignores the server", "constants.js", "retryAfter === null ?", "retryAfter !== null ?"],

  ["a late input counts", "connection.js", "given.attempt !== this.attempt", "given.attempt < 0"],
  ["a nudge does not check a socket", "connection.js", "else if (this.up && this.#pongBy === Infinity) this.#ping(now, out);\n  }\n", "}\n"],
  ["another user's token is used", "connection.js", "subject !== this.#user", "subject === undefined"],
  ["a frame is no pong", "connection.js", "this.#heardAt = now;\n    this.#pongBy = Infinity;", "this.#heardAt = now;"],
  ["pings follow only what is sent", "connection.js", "Math.min(this.#sentAt, this.#heardAt)", "this.#sentAt"],
  ["being live forgives no refusals", "connection.js", "    this.#refusals = 0;\n    this.#liveSince", "    this.#liveSince"],
  ["the token is not fetched again", "connection.js", "this.#refused = true;", ""],
  ["an expired token waits at once", "connection.js", "const first = this.#failures === 0", "const first = this.#failures === 1"],
  ["a renewal does not wait", "connection.js", "busy ? QUIET_WAIT : 0", "0"],

  ["the cursor jumps over a gap", "gaps.js", "entry.seq === cursor + 1", "entry.seq > cursor"],
  ["a repetition is held", "gaps.js", "else if (entry.seq > cursor)", "else"],
  ["what is held is forgotten", "gaps.js", "next = held?.get(next.seq + 1)?.entry", "next = undefined"],
  ["the oldest held entry is dropped", "gaps.js", "Math.max(...held.keys())", "Math.min(...held.keys())"],
  ["the present cursor is compared", "gaps.js", "end < named", "end < this.cursor(conversation)"],
  ["what came after the page was asked for is dropped", "gaps.js", "arrived < page", "arrived <= page"],

  ["what is archived is skipped again", "gaps.js", "if (seq <= this.cursor(conversation)) return false;", ""],
  ["what is held is lost with what is skipped", "gaps.js", "if (lower <= seq) held?.delete(lower)", "held?.delete(lower)"],
  ["what is archived is waited for", "session.js", "this.#gaps.skip(conversation, begin - 1)", "this.#gaps.skip(conversation, begin - 2)"],
  ["what may be archived is sent again", "outbox.js", "filter(({ doubtful }) => doubtful)", "filter(({ inFlight }) => inFlight)"],
  ["what was never sent fails", "outbox.js", "filter(({ doubtful }) => doubtful)", "filter(() => true)"],

  ["typing goes on after the message", "session.js", "this.#typing.stopped(entry.conversation, entry.sender, out);", ""],
  ["an ack is not the entry", "session.js", "this.#take([entry], now, out);", ""],
  ["one's own entries are confirmed", "session.js", "if (entry.sender !== this.#user) arrived", "arrived"],
  ["an own entry is no ack", "session.js", "this.#outbox.stored(id, seq) ?? ", ""],
  ["a refused message is never stored", "session.js", "this.#outbox.stored(id, seq) ?? this.#forget(id)", "this.#outbox.stored(id, seq)"],
  ["anybody's entry is an ack", "session.js", "sender === this.#user && (", "("],
  ["a receipt beyond the cursor says nothing", "session.js", "this.#sync.want(now + GAP_GRACE)", "0"],
  ["no sync after bad_request", "session.js", 'if (code === "bad_request") this.#sync.want(now);', ""],
  ["a conflict is final", "session.js", 'code === "conflict"', 'code === "conflicts"'],
  ["a rewound client does not sync again", "session.js", "if (rewound) this.#sync.want(now);", ""],
  ["another generation is not noticed", "session.js", "generation !== this.#generation &&", "false &&"],
  ["a new generation goes on over the same socket", "session.js", 'this.#connection.drop(now, chance, out, "the server was restored to an earlier time");', ""],
  ["a new generation keeps marks", "session.js", "this.#marks.clear();", ""],
  ["a new generation repeats what was stored", "session.js", "this.#outbox.restart();", ""],
  ["the first generation is another one", "session.js", 'this.#generation !== "" && ', ""],
  ["no sync for a gap that a sync has left", "session.js", "if (this.#gaps.gap) this.#sync.leftGap(now, chance);", ""],
  ["messages go before the first sync", "session.js", 'if (this.state !== "live") return;\n    for', "if (!this.#connection.up) return;\n    for"],
  ["a silent socket is kept", "session.js", "if (!alive) this.#connection.drop(now, chance, out);", ""],
  ["a living socket is dropped", "session.js", "if (!alive)", "if (true)"],
  ["a refused sync goes on in the middle", "session.js", "now, chance, out, !again);", "now, chance, out, false);"],
  ["reading goes beyond what is held", "session.js", "Math.min(given.seq ?? cursor, cursor)", "given.seq ?? cursor"],
  ["the same id is queued twice", "session.js", "if (this.#outbox.has(id)) return;", ""],
  ["presence is never answered when the socket is gone", "session.js", "for (const { kind, about } of this.#pending.clear())", "for (const { kind, about } of (this.#pending.clear(), []))"],
  ["what is offered again is not confirmed", "session.js", "this.#marks.offered(conversation, seq, now)", "0"],
  ["a final refusal of a mark is repeated", "session.js", "else this.#marks.giveUp(marked, out);", ""],

  ["a second message does not wait", "outbox.js", "map(([item]) => item)", "flat()"],
  ["a repeat is sent from its own seq", "outbox.js", "Math.min(cursor, seq - 1)", "cursor"],
  ["what is seen to be stored is not repeated", "outbox.js", "if (item.afterSync) this.#items.delete(id);", "this.#items.delete(id);"],
  ["what was found after a conflict is repeated", "outbox.js", "if (item.afterSync) this.#items.delete(id);", ""],
  ["a conflict does not wait for its sync", "outbox.js", "item.afterSync = sync;", ""],
  ["what a restored server has lost is repeated", "outbox.js", "&& item.seq > seq)", "&& item.seq < 0)"],
  ["a lost socket keeps messages in flight", "outbox.js", "item.inFlight = false;\n      item.afterSync = 0;", "item.afterSync = 0;"],
  ["pauses of a message do not grow", "outbox.js", "item.failures++;", ""],

  ["marks go back", "marks.js", "Math.max(known.read, marks.read)", "marks.read"],
  ["reading is no delivery", "marks.js", "delivered = Math.max(delivered, read);\n    const known", "const known"],
  ["an intent is not stored", "marks.js", "out.writes.push({ type: \"putIntent\", conversation, delivered: intent.delivered, read: intent.read });", ""],
  ["a page does not repeat a mark", "marks.js", "if (marks.user === this.#user && intent && intent.pages < page) again(intent, now);", ""],
  ["a page that was asked for before repeats a mark", "marks.js", "intent.pages < page", "intent.pages <= page"],
  ["a lost socket loses marks", "marks.js", "intent.due ??= now;", ";"],
  ["what another device has confirmed is sent", "marks.js", "if (user === this.#user) this.#settle(grown, out);", ""],
  ["a mark says again what is known", "marks.js", "intent.read > known.read ? intent.read : 0", "intent.read"],
  ["a rewind keeps marks", "marks.js", "read: Math.min(marks.read, seq) });", "read: marks.read });"],
  ["pauses of a mark do not grow", "marks.js", "intent.failures++;", ""],

  ["a running sync serves a later wish", "sync.js", "this.#page ? 2 : 1", "1"],
  ["every page names all", "sync.js", "known.filter((conversation) => conversation > page.done)", "known"],
  ["a sync goes on for ever", "sync.js", "frame.more && frame.cursor !== page.cursor", "frame.more"],
  ["a group that is absent is gone", "sync.js", 'conversation.startsWith("dm:") && ', ""],
  ["a conversation beyond the page is gone", "sync.js", "!frame.more || conversation <= last", "true"],
  ["a gap that closes costs a sync", "sync.js", "if (!gap) {\n      this.#gapDue = Infinity;", "if (!gap) {"],
  ["a gap is asked for as often as ever", "sync.js", "backoff(++this.#fruitless, chance)", "backoff(0, chance)"],
  ["a new socket does not sync", "sync.js", "this.#page = null;\n    this.#due = now;", "this.#page = null;"],

  ["typing frames are not limited", "typing.js", "now < sent + TYPING_EVERY", "false"],
  ["every typing frame is an event", "typing.js", "if (!this.#shown.has(key)) ", ""],
  ["a first message names the conversation", "wire.js", "to !== null && after === 0", "false"],
  ["odd numbers are read", "wire.js", "!Number.isSafeInteger(value) || Number(value) < 0", "Number.isNaN(value)"],
];

const SOURCE = fileURLToPath(new URL("../parley/protocol/", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "parley-mutations-"));
writeFileSync(join(root, "package.json"), '{"type":"module"}');
after(() => rmSync(root, { recursive: true }));

const scenarios = vectors.scenarios();
const { frames } = vectors.cases();

for (const [index, [name, file, from, to]] of MUTATIONS.entries()) {
  test(name, async () => {
    const mutant = join(root, String(index));
    cpSync(SOURCE, mutant, { recursive: true });
    const parts = readFileSync(join(mutant, file), "utf8").split(from);
    assert.equal(parts.length, 2, `${file} holds ${parts.length - 1} times: ${from}`);
    writeFileSync(join(mutant, file), parts.join(to));
    const { Session } = await import(pathToFileURL(join(mutant, "session.js")).href);
    const wire = await import(pathToFileURL(join(mutant, "wire.js")).href);
    const noticed =
      scenarios.some((scenario) => fails(() => vectors.run(Session, scenario))) ||
      frames.some((/** @type {any} */ { text, is }) => fails(() => assert.equal(wire.parse(text).type, is.type)));
    assert.ok(noticed, "no vector notices it");
  });
}

/** @param {() => void} run */
function fails(run) {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
