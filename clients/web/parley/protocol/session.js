/**
 * The client's protocol, whole and without I/O: inputs and the time in; writes, effects and events out.
 *
 * A shell (`live/client.js`, or a test) feeds it what happens and carries out what it returns. It knows no clock, no randomness,
 * no socket and no store: the same inputs at the same times give the same outputs.
 *
 * @import { Entry, Input, Outgoing, Output, SavedState, UserInput } from "./types.js"
 * @import { Ack, Frame, Refusal, Synced } from "./wire.js"
 * @import { PendingCommand } from "./pending.js"
 */

import { Connection } from "./connection.js";
import { FRAME_LIMIT, GAP_GRACE, RESYNC_EVERY, pause } from "./constants.js";
import { GapBuffer } from "./gaps.js";
import { MarkTracker } from "./marks.js";
import { Outbox } from "./outbox.js";
import { PendingCommands } from "./pending.js";
import { SyncTracker } from "./sync.js";
import { TypingIndicators } from "./typing.js";
import * as wire from "./wire.js";

const TOKEN_CODES = ["token_expired", "unauthorized"];
const TRY_AGAIN = ["rate_limited", "unavailable"];

/**
 * One user's session on one device, over any number of sockets.
 *
 * Times are seconds on one clock that never goes back, and that includes the time the device sleeps. `chance` is a random number
 * in [0, 1), fresh for each step.
 */
export class Session {
  #user;
  #connection;
  #gaps;
  #outbox;
  /** An earlier attempt to send one of these may still be under way, and may be stored after all. */
  #undelivered;
  #marks;
  #generation;
  #sync = new SyncTracker();
  #pending = new PendingCommands();
  #typing = new TypingIndicators();
  /** The attempt whose socket the pending commands were sent on; 0 if there is no socket. */
  #socket = 0;

  /**
   * @param {string} user
   * @param {SavedState} held
   */
  constructor(user, held) {
    this.#user = user;
    this.#connection = new Connection(user);
    this.#gaps = new GapBuffer(held.cursors);
    this.#outbox = new Outbox(held.outbox);
    this.#undelivered = new Map(held.undelivered.map((message) => [message.id, message]));
    this.#marks = new MarkTracker(user, held.marks, held.intents);
    this.#generation = held.generation ?? "";
  }

  /** Where the connection stands. */
  get state() {
    return this.#connection.state;
  }

  /** The number of the current attempt to connect. */
  get attempt() {
    return this.#connection.attempt;
  }

  /** Whether every message is acknowledged and no command awaits its answer. */
  get idle() {
    return !this.#outbox.size && !this.#busy;
  }

  /**
   * The seq up to which a conversation is held without a gap.
   *
   * @param {string} conversation
   */
  cursor(conversation) {
    return this.#gaps.cursor(conversation);
  }

  /**
   * Take one input. Its writes must be durable before its effects and events are carried out.
   *
   * @param {Input} given
   * @param {number} now
   * @param {number} chance
   * @returns {Output}
   */
  step(given, now, chance) {
    /** @type {Output} */
    const out = { writes: [], effects: [], events: [] };
    switch (given.type) {
      case "frameReceived":
        if (this.#connection.up && given.attempt === this.attempt) {
          this.#connection.heard(now);
          this.#frame(wire.parse(given.text), now, chance, out);
        }
        break;
      case "sendMessage":
      case "markRead":
      case "keyPressed":
      case "queryPresence":
        this.#userInput(given, now, out);
        break;
      default:
        this.#connection.take(given, now, chance, out);
    }
    this.#follow(now, out);
    this.#tick(now, chance, out);
    this.#follow(now, out);
    this.#sendWhatIsReady(now, out);
    return out;
  }

  /** When a `tick` is due, unless something else happens first; infinite if none is. */
  deadline() {
    const due = [this.#connection.deadline(this.#busy), this.#typing.deadline()];
    if (this.#connection.up) due.push(this.#pending.deadline(), this.#sync.deadline());
    if (this.state === "live") due.push(this.#outbox.deadline(this.#sync.completed), this.#marks.deadline());
    return Math.min(...due);
  }

  get #busy() {
    return this.#pending.size > 0;
  }

  // -- what the user does

  /**
   * @param {UserInput} given
   * @param {number} now
   * @param {Output} out
   */
  #userInput(given, now, out) {
    switch (given.type) {
      case "sendMessage":
        this.#send(given.message, out);
        break;
      case "markRead": {
        const cursor = this.cursor(given.conversation);
        this.#marks.want(given.conversation, now, out, 0, Math.min(given.seq ?? cursor, cursor));
        break;
      }
      case "keyPressed": {
        const { conversation } = given;
        const begun = this.cursor(conversation) > 0;
        if (begun && this.state === "live" && this.#typing.maySend(conversation, now)) {
          this.#connection.transmit(wire.typing(this.#pending.newId(), conversation), now, out);
        }
        break;
      }
      case "queryPresence":
        this.#queryPresence(given.question, given.users, now, out);
    }
  }

  /**
   * @param {Outgoing} message
   * @param {Output} out
   */
  #send(message, out) {
    const { id, conversation } = message;
    if (this.#outbox.has(id)) return;
    this.#outbox.add(message);
    this.#undelivered.delete(id);
    out.writes.push({ type: "addOutgoing", message });
    out.events.push({ type: "queued", id, conversation });
    // API Gateway closes the socket over a frame that is too large, and each reconnect would send it again.
    if (wire.size(wire.send(message, wire.MAX_SEQ)) > FRAME_LIMIT) {
      this.#fail(id, "too_large", `a frame is at most ${FRAME_LIMIT} bytes`, out);
    }
  }

  /**
   * @param {string} question
   * @param {string[]} users
   * @param {number} now
   * @param {Output} out
   */
  #queryPresence(question, users, now, out) {
    if (this.state !== "live") {
      out.events.push({ type: "presence", question, users: null });
      return;
    }
    const id = this.#pending.newId();
    this.#pending.add(id, "presence", question, now);
    this.#connection.transmit(wire.presence(id, users), now, out);
  }

  // -- what the server says

  /**
   * @param {Frame} frame
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #frame(frame, now, chance, out) {
    switch (frame.type) {
      case "ack":
        this.#acknowledged(frame, now, out);
        break;
      case "message": {
        const { conversation, sender, seq } = frame.entry;
        if (sender !== this.#user && seq <= this.cursor(conversation)) this.#marks.offered(conversation, seq, now);
        this.#take([frame.entry], now, out);
        break;
      }
      case "receipt": {
        const { conversation, delivered, read } = frame.marks;
        this.#marks.learn(frame.marks, out);
        // Somebody has an entry that we do not have. It was sent to us too, and may have been lost.
        if (Math.max(delivered, read) > this.cursor(conversation)) this.#sync.want(now + GAP_GRACE);
        break;
      }
      case "typing":
        this.#typing.heard(frame.conversation, frame.user, now, out);
        break;
      case "synced":
        this.#synced(frame, now, chance, out);
        break;
      case "presence": {
        const command = this.#pending.resolve(frame.id);
        if (command) out.events.push({ type: "presence", question: command.about, users: frame.users });
        break;
      }
      case "error":
        this.#refused(frame, now, chance, out);
    }
  }

  /**
   * @param {Ack} ack
   * @param {number} now
   * @param {Output} out
   */
  #acknowledged({ id, conversation, seq, count, at }, now, out) {
    this.#pending.resolve(id);
    const message = this.#outbox.settle(id) ?? this.#forget(id);
    if (!message) return;
    sent(id, conversation, seq, at, out);
    const entry = { conversation, seq, count, id, kind: "message", sender: this.#user, at, body: wire.body(message) };
    this.#take([entry], now, out);
  }

  /** @param {string} id */
  #forget(id) {
    const message = this.#undelivered.get(id);
    this.#undelivered.delete(id);
    return message;
  }

  /**
   * @param {Entry[]} entries
   * @param {number} now
   * @param {Output} out
   */
  #take(entries, now, out) {
    for (const { id, conversation, seq, at, sender } of entries) {
      // It is stored, so the app need not wait for the ack. The outbox does: others may not know of it yet.
      if (sender === this.#user && (this.#outbox.stored(id, seq) ?? this.#forget(id))) sent(id, conversation, seq, at, out);
    }
    const dense = this.#gaps.take(entries, this.#sync.pages);
    if (dense.length) out.writes.push({ type: "putEntries", entries: dense });
    /** @type {Map<string, number>} */
    const arrived = new Map();
    for (const entry of dense) {
      out.events.push({ type: "received", entry });
      this.#typing.stopped(entry.conversation, entry.sender, out);
      if (entry.sender !== this.#user) arrived.set(entry.conversation, entry.seq);
    }
    for (const [conversation, seq] of arrived) this.#marks.want(conversation, now, out, seq, 0);
    this.#sync.watch(now, this.#gaps.gap);
  }

  /**
   * @param {Synced} frame
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #synced(frame, now, chance, out) {
    if (!this.#pending.resolve(frame.id)) return;
    const { generation } = frame;
    if (generation !== null && generation !== this.#generation && this.#restarted(generation, now, chance, out)) return;
    let rewound = false;
    for (const [conversation, seq] of this.#sync.ends(frame)) {
      if (!this.#gaps.ends(conversation, seq, this.#sync.named(conversation), this.#sync.pages)) continue;
      rewound = true;
      this.#marks.rewind(conversation, seq, out);
      this.#outbox.rewind(conversation, seq);
      out.writes.push({ type: "rewind", conversation, seq });
      out.events.push({ type: "rewound", conversation, seq });
    }
    for (const [conversation, begin] of frame.begins) {
      if (this.#gaps.skip(conversation, begin - 1)) this.#skipped(conversation, begin - 1, out);
    }
    this.#take(frame.entries, now, out);
    for (const marks of frame.marks) this.#marks.shown(marks, this.#sync.pages, now, out);
    // Entries that came while the cursor was too high were dropped as repetitions.
    if (rewound) this.#sync.want(now);
    if (!this.#sync.answered(frame)) return;
    this.#connection.synced(now, out);
    this.#sync.want(now + RESYNC_EVERY);
    if (this.#gaps.gap) this.#sync.leftGap(now, chance);
  }

  /**
   * Entries up to `seq` are in the archive. So may be a message of which we do not know whether it was stored.
   *
   * @param {string} conversation
   * @param {number} seq
   * @param {Output} out
   */
  #skipped(conversation, seq, out) {
    out.writes.push({ type: "skip", conversation, seq });
    out.events.push({ type: "skipped", conversation, seq });
    for (const id of this.#outbox.doubtful(conversation)) {
      this.#fail(id, "archived", "it may have been sent long ago: look into the history", out);
    }
  }

  /**
   * Take on a new generation of the server. Returns whether anything is held of another one.
   *
   * Nobody can tell what of it the new tables hold under the same seqs, so it is fetched again: over another socket, because this
   * one may still bring frames of functions that were at work on the old tables.
   *
   * @param {string} generation
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #restarted(generation, now, chance, out) {
    const known = this.#gaps.known();
    const differs = this.#generation !== "" && (known.length > 0 || this.#gaps.gap);
    this.#generation = generation;
    out.writes.push({ type: differs ? "restart" : "putGeneration", generation });
    if (!differs) return false;
    for (const conversation of known) {
      if (this.cursor(conversation)) out.events.push({ type: "rewound", conversation, seq: 0 });
    }
    this.#gaps.clear();
    this.#marks.clear();
    this.#outbox.restart();
    this.#connection.drop(now, chance, out, "the server was restored to an earlier time");
    return true;
  }

  // -- what was refused, or never answered

  /**
   * @param {Refusal} refusal
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #refused({ id, code, reason, retryable, retryAfter }, now, chance, out) {
    const command = this.#pending.resolve(id);
    const again = retryable || TRY_AGAIN.includes(code);
    const marked = this.#marks.refused(id);
    if (TOKEN_CODES.includes(code)) {
      this.#connection.tokenExpired(reason, now, chance, out);
    } else if (marked !== undefined) {
      if (again) this.#marks.postpone(marked, now + pause(retryAfter, this.#marks.failures(marked), chance));
      else this.#marks.giveUp(marked, out);
    } else if (!command) {
      // An answer that comes too late to matter.
    } else if (again || command.kind === "sync") {
      this.#postpone(command, retryAfter, now, chance, out, !again);
    } else if (command.kind === "presence") {
      out.events.push({ type: "presence", question: command.about, users: null });
    } else if (code === "conflict") {
      this.#outbox.awaitSync(command.about, this.#sync.want(now));
    } else {
      this.#fail(command.about, code, reason, out);
      // Our cursor may be beyond the end of a server that was restored.
      if (code === "bad_request") this.#sync.want(now);
    }
  }

  /**
   * @param {string} id
   * @param {string} code
   * @param {string} reason
   * @param {Output} out
   */
  #fail(id, code, reason, out) {
    const message = this.#outbox.settle(id);
    if (!message) return;
    this.#undelivered.set(id, message);
    out.writes.push({ type: "failOutgoing", id, code, reason });
    out.events.push({ type: "failed", id, conversation: message.conversation, text: message.text, code, reason });
  }

  /**
   * @param {PendingCommand} command
   * @param {number | null} after
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   * @param {boolean} fromStart
   */
  #postpone({ kind, about }, after, now, chance, out, fromStart) {
    if (kind === "sync") {
      this.#sync.postpone(now + pause(after, this.#sync.failures, chance), fromStart);
    } else if (kind === "presence") {
      out.events.push({ type: "presence", question: about, users: null });
    } else if (this.#outbox.has(about)) {
      this.#outbox.postpone(about, now + pause(after, this.#outbox.failures(about), chance));
    }
  }

  /**
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #tick(now, chance, out) {
    this.#typing.tick(now, out);
    for (const command of this.#pending.overdue(now)) {
      // If the socket has brought anything else in the meantime, it is alive and only this answer was lost.
      const alive = this.#connection.heardSince(command.at);
      this.#postpone(command, null, now, chance, out, false);
      if (!alive) this.#connection.drop(now, chance, out);
    }
    this.#connection.tick(now, chance, out, this.#busy);
  }

  /**
   * Notice that the socket was replaced or lost: an answer comes only through the socket of its command.
   *
   * @param {number} now
   * @param {Output} out
   */
  #follow(now, out) {
    const socket = this.#connection.up ? this.attempt : 0;
    if (socket === this.#socket) return;
    this.#socket = socket;
    for (const { kind, about } of this.#pending.clear()) {
      if (kind === "presence") out.events.push({ type: "presence", question: about, users: null });
    }
    this.#outbox.disconnected();
    this.#marks.disconnected(now);
    this.#sync.restart(now);
  }

  // -- what goes out

  /**
   * @param {number} now
   * @param {Output} out
   */
  #sendWhatIsReady(now, out) {
    if (this.#connection.up && this.#sync.ready(now)) {
      const { named, cursor } = this.#sync.nextPage(this.#gaps.known(), (conversation) => this.cursor(conversation));
      const id = this.#pending.newId();
      this.#pending.add(id, "sync", "", now);
      this.#connection.transmit(wire.sync(id, named, cursor), now, out);
    }
    if (this.state !== "live") return;
    for (const message of this.#outbox.ready(now, this.#sync.completed)) {
      this.#outbox.launch(message.id);
      this.#pending.add(message.id, "send", message.id, now);
      const after = this.#outbox.after(message.id, this.cursor(message.conversation));
      this.#connection.transmit(wire.send(message, after), now, out);
    }
    for (const { conversation, delivered, read } of this.#marks.ready(now)) {
      const id = this.#pending.newId();
      this.#marks.sent(conversation, id, this.#sync.pages);
      this.#connection.transmit(wire.mark(id, conversation, delivered, read), now, out);
    }
  }
}

/**
 * @param {string} id
 * @param {string} conversation
 * @param {number} seq
 * @param {number} at
 * @param {Output} out
 */
function sent(id, conversation, seq, at, out) {
  out.writes.push({ type: "removeOutgoing", id });
  out.events.push({ type: "sent", id, conversation, seq, at });
}
