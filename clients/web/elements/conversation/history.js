/** The messages of one conversation that are in memory: always the newest ones, as far back as somebody has scrolled. */

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Client} Client */

/** How many are read at a time. */
export const PAGE = 50;
/** How many are kept when nobody looks at the older ones any more. */
const KEPT = 2 * PAGE;

export class History {
  #client;
  #where;
  #reading = false;
  #again = false;
  /** @type {Message[]} */
  messages = [];
  /** Whether the first message of the conversation is among them. */
  complete = false;

  /** @param {Client} client @param {string} where */
  constructor(client, where) {
    this.#client = client;
    this.#where = where;
  }

  /**
   * Read the newest messages again. A call during another one makes that one read once more.
   *
   * @returns {Promise<boolean>} whether this call has read
   * @throws whatever the client throws
   */
  async refresh() {
    this.#again = true;
    if (this.#reading) return false;
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#read();
      }
    } finally {
      this.#reading = false;
    }
    return true;
  }

  async #read() {
    const newest = lastSeq(this.messages);
    let page = await this.#page();
    let reached = page.filter((m) => m.seq !== null).length < PAGE;
    // More may have come than one page holds: read back to what is held.
    for (let seq = firstSeq(page); newest && !reached && seq > newest; seq = firstSeq(page)) {
      const older = await this.#page(seq);
      reached = older.length < PAGE;
      page = [...older, ...page];
    }
    if (reached) this.complete = true;
    this.messages = merge(this.messages, page, reached);
  }

  /** Read the messages before those in memory. Does nothing if there are none. */
  async older() {
    const seq = firstSeq(this.messages);
    if (this.complete || !seq) return;
    const older = await this.#page(seq);
    if (firstSeq(this.messages) !== seq) return;
    this.complete = older.length < PAGE;
    this.messages = [...older, ...this.messages];
  }

  /** Forget the older messages; they are read again when somebody scrolls back. */
  trim() {
    if (this.messages.length <= 2 * KEPT) return false;
    this.messages = this.messages.slice(-KEPT);
    this.complete = false;
    return true;
  }

  /** Read everything again: the server was restored to an earlier time. */
  rewind() {
    this.messages = [];
    this.complete = false;
  }

  /** @param {number} [before] */
  #page(before) {
    return this.#client.messages(this.#where, before ? { before, limit: PAGE } : { limit: PAGE });
  }
}

/** @param {Message[]} messages */
const firstSeq = (messages) => messages.find((m) => m.seq !== null)?.seq ?? 0;

/** @param {Message[]} messages */
export const lastSeq = (messages) => messages.reduce((seq, m) => m.seq ?? seq, 0);

/**
 * What is held, with the newest page in place of everything from its first seq on. Who has read an own message has read those
 * before it, so that states of older ones follow.
 *
 * @param {Message[]} held
 * @param {Message[]} page the newest messages, those not yet stored by the server last
 * @param {boolean} whole whether the page has the conversation's first message
 */
export function merge(held, page, whole) {
  const first = firstSeq(page);
  const kept = whole || !first ? [] : held.filter((m) => m.seq !== null && m.seq < first);
  const merged = [...kept, ...page];
  let reached = "sent";
  for (let i = merged.length - 1; i >= 0; i--) {
    const { mine, state } = merged[i];
    if (!mine || state === "waiting" || state === "failed") continue;
    if (rank(state) > rank(reached)) reached = state;
    else if (rank(state) < rank(reached)) merged[i] = { ...merged[i], state: /** @type {any} */ (reached) };
  }
  return merged;
}

/** @param {string} state */
const rank = (state) => ["sent", "delivered", "read"].indexOf(state);
