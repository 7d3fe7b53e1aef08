/**
 * Marks: every member's as the server knows them, and the user's own that it has not shown yet.
 *
 * @import { Intent, Marks, Output } from "./types.js"
 */

import { MARK_DELAY } from "./constants.js";

/**
 * `due` is when to send it; null if it has been sent, and nothing says that it was lost. `command` is the id of the last command
 * that carried it, and `pages` how many pages of syncs had been requested by then.
 *
 * @typedef {{ delivered: number, read: number, due: number | null, command: string, pages: number, failures: number }} Wanted
 */

/**
 * Gathers a conversation's marks for a moment and sends them in one `mark`, which has no answer but an error. They are kept
 * until the server shows them. Whatever says that they were lost before that makes them due again.
 */
export class MarkTracker {
  #user;
  /** @type {Map<string, Map<string, Marks>>} by conversation and user */
  #marks = new Map();
  /** @type {Map<string, Wanted>} */
  #intents = new Map();

  /**
   * @param {string} user
   * @param {Marks[]} marks
   * @param {Intent[]} intents
   */
  constructor(user, marks, intents) {
    this.#user = user;
    for (const held of marks) this.#put(held);
    for (const { conversation, delivered, read } of intents) {
      this.#intents.set(conversation, { delivered, read, due: 0, command: "", pages: 0, failures: 0 });
    }
  }

  /**
   * Move the user's marks this far, unless they are there already. Reading implies delivery.
   *
   * @param {string} conversation
   * @param {number} now
   * @param {Output} out
   * @param {number} delivered
   * @param {number} read
   */
  want(conversation, now, out, delivered, read) {
    delivered = Math.max(delivered, read);
    const known = this.#known(conversation, this.#user);
    let intent = this.#intents.get(conversation);
    if (delivered <= Math.max(known.delivered, intent?.delivered ?? 0) && read <= Math.max(known.read, intent?.read ?? 0)) return;
    if (!intent) {
      intent = { delivered: 0, read: 0, due: null, command: "", pages: 0, failures: 0 };
      this.#intents.set(conversation, intent);
    }
    intent.delivered = Math.max(intent.delivered, delivered);
    intent.read = Math.max(intent.read, read);
    again(intent, now);
    out.writes.push({ type: "putIntent", conversation, delivered: intent.delivered, read: intent.read });
  }

  /**
   * The marks to send now, where 0 means unchanged. They are all that the server has not shown yet, so that each `mark` makes up
   * for those lost before it.
   *
   * @param {number} now
   * @returns {Intent[]}
   */
  ready(now) {
    const found = [];
    for (const [conversation, intent] of this.#intents) {
      if (intent.due === null || intent.due > now) continue;
      const known = this.#known(conversation, this.#user);
      const read = intent.read > known.read ? intent.read : 0;
      const delivered = intent.delivered > Math.max(known.delivered, read) ? intent.delivered : 0;
      found.push({ conversation, delivered, read });
    }
    return found;
  }

  /**
   * A `mark` was sent, when `pages` pages of syncs had been requested.
   *
   * @param {string} conversation
   * @param {string} command
   * @param {number} pages
   */
  sent(conversation, command, pages) {
    Object.assign(/** @type {Wanted} */ (this.#intents.get(conversation)), { due: null, command, pages });
  }

  /**
   * Another's entry has come again, as one does that no device seems to have confirmed.
   *
   * @param {string} conversation
   * @param {number} seq
   * @param {number} now
   */
  offered(conversation, seq, now) {
    const intent = this.#intents.get(conversation);
    if (intent && seq <= intent.delivered) again(intent, now);
  }

  /**
   * Take a member's marks from the server. Marks only grow; the user's own may settle an intent.
   *
   * @param {Marks} marks
   * @param {Output} out
   */
  learn(marks, out) {
    const { conversation, user } = marks;
    const known = this.#known(conversation, user);
    const delivered = Math.max(known.delivered, marks.delivered);
    const read = Math.max(known.read, marks.read);
    const grown = { conversation, user, delivered, read };
    if (delivered !== known.delivered || read !== known.read) {
      this.#put(grown);
      out.writes.push({ type: "putMarks", marks: grown });
      out.events.push({ type: "receipt", ...grown });
    }
    if (user === this.#user) this.#settle(grown, out);
  }

  /**
   * Take a member's marks from a sync's page, the `page`-th that was requested. If it was requested after the user's own were
   * sent, and shows less, these were lost.
   *
   * @param {Marks} marks
   * @param {number} page
   * @param {number} now
   * @param {Output} out
   */
  shown(marks, page, now, out) {
    this.learn(marks, out);
    const intent = this.#intents.get(marks.conversation);
    if (marks.user === this.#user && intent && intent.pages < page) again(intent, now);
  }

  /**
   * @param {Marks} own
   * @param {Output} out
   */
  #settle(own, out) {
    const intent = this.#intents.get(own.conversation);
    if (intent && intent.delivered <= own.delivered && intent.read <= own.read) this.giveUp(own.conversation, out);
  }

  /**
   * The conversation whose last `mark` has this id.
   *
   * @param {string | null} command
   */
  refused(command) {
    return [...this.#intents].find(([, intent]) => intent.command === command)?.[0];
  }

  /**
   * How often this mark has been postponed.
   *
   * @param {string} conversation
   */
  failures(conversation) {
    return this.#intents.get(conversation)?.failures ?? 0;
  }

  /**
   * A mark did not go through, and is sent again at `until`.
   *
   * @param {string} conversation
   * @param {number} until
   */
  postpone(conversation, until) {
    const intent = /** @type {Wanted} */ (this.#intents.get(conversation));
    intent.failures++;
    intent.due = until;
  }

  /**
   * Drop an intent, because it is settled or the server refuses it.
   *
   * @param {string} conversation
   * @param {Output} out
   */
  giveUp(conversation, out) {
    if (this.#intents.delete(conversation)) out.writes.push({ type: "putIntent", conversation, delivered: 0, read: 0 });
  }

  /**
   * The socket is gone, and with it, perhaps, what was sent on it. The next one's first sync shows what was not.
   *
   * @param {number} now
   */
  disconnected(now) {
    for (const intent of this.#intents.values()) intent.due ??= now;
  }

  /**
   * The conversation now ends at `seq`. The same step's `rewind` tells the store.
   *
   * @param {string} conversation
   * @param {number} seq
   * @param {Output} out
   */
  rewind(conversation, seq, out) {
    for (const marks of this.#marks.get(conversation)?.values() ?? []) {
      this.#put({ ...marks, delivered: Math.min(marks.delivered, seq), read: Math.min(marks.read, seq) });
    }
    const intent = this.#intents.get(conversation);
    if (intent) {
      intent.delivered = Math.min(intent.delivered, seq);
      intent.read = Math.min(intent.read, seq);
      this.#settle(this.#known(conversation, this.#user), out);
    }
  }

  /** Forget everybody's marks, and the intents. */
  clear() {
    this.#marks.clear();
    this.#intents.clear();
  }

  /** When the next mark is due; infinite if none is. */
  deadline() {
    return Math.min(...[...this.#intents.values()].map(({ due }) => due ?? Infinity));
  }

  /** @param {Marks} marks */
  #put(marks) {
    const members = this.#marks.get(marks.conversation) ?? new Map();
    this.#marks.set(marks.conversation, members.set(marks.user, marks));
  }

  /**
   * @param {string} conversation
   * @param {string} user
   * @returns {Marks}
   */
  #known(conversation, user) {
    return this.#marks.get(conversation)?.get(user) ?? { conversation, user, delivered: 0, read: 0 };
  }
}

/**
 * @param {Wanted} intent
 * @param {number} now
 */
function again(intent, now) {
  intent.due ??= now + MARK_DELAY;
}
