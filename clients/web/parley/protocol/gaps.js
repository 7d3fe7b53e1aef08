/**
 * Entries as they arrive, in any order and any number of times, made dense: each entry once, in order. A conversation's cursor
 * is the highest seq up to which nothing is missing. It is never merely the newest one seen.
 *
 * @import { Entry } from "./types.js"
 */

import { HELD_LIMIT } from "./constants.js";

/** The cursors, and the entries held behind gaps. */
export class GapBuffer {
  #cursors;
  /** @type {Map<string, Map<number, { entry: Entry, page: number }>>} */
  #held = new Map();

  /** @param {Map<string, number>} cursors */
  constructor(cursors) {
    this.#cursors = new Map(cursors);
  }

  /**
   * The seq up to which a conversation is held; 0 for an unknown one.
   *
   * @param {string} conversation
   */
  cursor(conversation) {
    return this.#cursors.get(conversation) ?? 0;
  }

  /** The conversations of which anything is held, in order of their ids. */
  known() {
    return [...this.#cursors.keys()].sort();
  }

  /** Whether an entry is missing before one that has arrived. */
  get gap() {
    return this.#held.size > 0;
  }

  /**
   * The new entries, and those held behind gaps, that now follow the cursors. `page` counts sync pages.
   *
   * @param {Entry[]} entries
   * @param {number} page
   */
  take(entries, page) {
    /** @type {Entry[]} */
    const dense = [];
    for (const entry of entries) {
      const cursor = this.cursor(entry.conversation);
      if (entry.seq === cursor + 1) this.#advance(entry, dense);
      else if (entry.seq > cursor) this.#hold(entry, page);
    }
    return dense;
  }

  /**
   * @param {Entry} entry
   * @param {Entry[]} dense
   */
  #advance(entry, dense) {
    const held = this.#held.get(entry.conversation);
    for (let next = /** @type {Entry | undefined} */ (entry); next; next = held?.get(next.seq + 1)?.entry) {
      dense.push(next);
      held?.delete(next.seq);
      this.#cursors.set(entry.conversation, next.seq);
    }
    this.#letGo(entry.conversation);
  }

  /**
   * @param {Entry} entry
   * @param {number} page
   */
  #hold(entry, page) {
    const held = this.#held.get(entry.conversation) ?? new Map();
    this.#held.set(entry.conversation, held);
    if (!held.has(entry.seq)) held.set(entry.seq, { entry, page });
    if (held.size > HELD_LIMIT) held.delete(Math.max(...held.keys()));
  }

  /**
   * Take where the log ends, according to sync page `page`, whose command named `named` as the cursor.
   *
   * Entries beyond the end that arrived before the page was requested were lost when the server was restored to an earlier
   * time, so they are dropped. Returns whether the cursor was beyond the end too, and is now set to it.
   *
   * @param {string} conversation
   * @param {number} end
   * @param {number | undefined} named
   * @param {number} page
   */
  ends(conversation, end, named, page) {
    const held = this.#held.get(conversation);
    for (const [seq, { page: arrived }] of held ?? []) if (seq > end && arrived < page) held?.delete(seq);
    const rewound = named !== undefined && end < named;
    if (rewound) {
      this.#cursors.set(conversation, end);
      held?.clear();
    }
    this.#letGo(conversation);
    return rewound;
  }

  /**
   * Go on behind `seq`, since what is missing up to there has been archived. False if nothing is missing.
   *
   * @param {string} conversation
   * @param {number} seq
   */
  skip(conversation, seq) {
    if (seq <= this.cursor(conversation)) return false;
    this.#cursors.set(conversation, seq);
    const held = this.#held.get(conversation);
    for (const lower of held?.keys() ?? []) if (lower <= seq) held?.delete(lower);
    this.#letGo(conversation);
    return true;
  }

  /** Forget everything, as if nothing had ever arrived. */
  clear() {
    this.#cursors.clear();
    this.#held.clear();
  }

  /** @param {string} conversation */
  #letGo(conversation) {
    if (this.#held.get(conversation)?.size === 0) this.#held.delete(conversation);
  }
}
