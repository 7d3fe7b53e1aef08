/**
 * Sync: requesting everything after the cursors page by page, one sync and one page at a time.
 *
 * @import { Synced } from "./wire.js"
 */

import { GAP_GRACE, SYNC_BYTES, SYNC_NAMES, backoff } from "./constants.js";

/**
 * What the next page, or the one in flight, continues from. `done` is the last conversation that the pages so far have completed.
 *
 * @typedef {{ cursor: string | null, done: string, named: Map<string, number>, inFlight: boolean, notBefore: number,
 *   failures: number }} Page
 */

/** Which sync is under way, which is due, and how many have been completed. */
export class SyncTracker {
  completed = 0;
  /** The number of pages requested in all. */
  pages = 0;
  /** @type {Page | null} */
  #page = null;
  #due = Infinity;
  #gapDue = Infinity;
  #fruitless = 0;

  /**
   * Request a sync that begins no later than `at`. Returns its number, as `completed` will count it. A sync that is already under
   * way does not count, because it may have read too early.
   *
   * @param {number} at
   */
  want(at) {
    this.#due = Math.min(this.#due, at);
    return this.completed + (this.#page ? 2 : 1);
  }

  /**
   * Note whether an entry is missing. It may be on its way, so a sync waits a moment for it.
   *
   * @param {number} now
   * @param {boolean} gap
   */
  watch(now, gap) {
    if (!gap) {
      this.#gapDue = Infinity;
      this.#fruitless = 0;
    } else if (this.#gapDue === Infinity && !this.#page) {
      this.#gapDue = now + GAP_GRACE;
    }
  }

  /**
   * A whole sync has not brought what is missing, so ask again, less and less often.
   *
   * @param {number} now
   * @param {number} chance
   */
  leftGap(now, chance) {
    this.#gapDue = now + GAP_GRACE + backoff(++this.#fruitless, chance);
  }

  /**
   * There is a new socket, so the page in flight will not be answered.
   *
   * @param {number} now
   */
  restart(now) {
    this.#page = null;
    this.#due = now;
    this.#gapDue = Infinity;
  }

  /**
   * Whether a page should be requested now.
   *
   * @param {number} now
   */
  ready(now) {
    return this.deadline() <= now;
  }

  /**
   * The cursors to name, and the server's own cursor, for the page that is requested now.
   *
   * Pages come in order of conversation ids, so only conversations after the last complete one can be in this page. A page covers
   * 40 conversations, far fewer than are named, so none of them is sent from its start by mistake.
   *
   * @param {string[]} known
   * @param {(conversation: string) => number} cursor
   */
  nextPage(known, cursor) {
    if (!this.#page) {
      this.#page = newPage(null, "");
      this.#due = this.#gapDue = Infinity;
    }
    const page = this.#page;
    page.named = fitting(known.filter((conversation) => conversation > page.done), cursor);
    page.inFlight = true;
    this.pages++;
    return page;
  }

  /**
   * The cursor that the page in flight named for a conversation.
   *
   * @param {string} conversation
   */
  named(conversation) {
    return this.#page?.named.get(conversation);
  }

  /**
   * Where each conversation that the page completes ends. A direct conversation that was named, lies within the page, and is not
   * in it, does not exist there any more.
   *
   * @param {Synced} frame
   */
  ends(frame) {
    const { done, named } = this.#page ?? newPage(null, "");
    const last = greatest(done, frame);
    /** @type {Map<string, number>} */
    const ends = new Map();
    for (const conversation of named.keys()) {
      // A group may be absent because the user has left it.
      if (conversation.startsWith("dm:") && (!frame.more || conversation <= last)) ends.set(conversation, 0);
    }
    for (const [conversation, end] of frame.ends) ends.set(conversation, end);
    return ends;
  }

  /**
   * Take a page. Returns whether it was the sync's last. If the server's cursor does not move, the page counts as the last too,
   * since we would otherwise ask for ever.
   *
   * @param {Synced} frame
   */
  answered(frame) {
    const page = this.#page;
    if (!page) return false;
    if (frame.more && frame.cursor !== page.cursor) {
      this.#page = newPage(frame.cursor, greatest(page.done, frame));
      return false;
    }
    this.#page = null;
    this.completed++;
    return true;
  }

  /** How often the current page has been postponed. */
  get failures() {
    return this.#page?.failures ?? 0;
  }

  /**
   * The page did not go through: at `until`, request it or the first page again.
   *
   * @param {number} until
   * @param {boolean} fromStart
   */
  postpone(until, fromStart) {
    const page = this.#page;
    if (!page) return;
    const { cursor, done } = fromStart ? newPage(null, "") : page;
    this.#page = { ...page, cursor, done, inFlight: false, failures: page.failures + 1, notBefore: until };
  }

  /** When to request the next page; infinite if that depends on an answer. */
  deadline() {
    if (this.#page) return this.#page.inFlight ? Infinity : this.#page.notBefore;
    return Math.min(this.#due, this.#gapDue);
  }
}

/**
 * @param {string | null} cursor
 * @param {string} done
 * @returns {Page}
 */
const newPage = (cursor, done) => ({ cursor, done, named: new Map(), inFlight: false, notBefore: 0, failures: 0 });

/**
 * @param {string} done
 * @param {Synced} frame
 */
const greatest = (done, frame) => [done, ...frame.ends.keys()].reduce((one, other) => (one > other ? one : other));

/**
 * @param {string[]} known
 * @param {(conversation: string) => number} cursor
 */
function fitting(known, cursor) {
  /** @type {Map<string, number>} */
  const named = new Map();
  let room = SYNC_BYTES;
  for (const conversation of known) {
    const seq = cursor(conversation);
    room -= conversation.length + String(seq).length + 4; // two quotes, colon, comma
    if (room < 0 || named.size === SYNC_NAMES) break;
    named.set(conversation, seq);
  }
  return named;
}
