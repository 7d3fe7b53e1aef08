/**
 * A store in memory, for tests, and to write another from. It outlives the client, but not the process.
 *
 * @import { Entry, Intent, Marks, Outgoing, Undelivered, Write } from "../protocol/types.js"
 */

import { countBefore, newId, newestFirst, withIntent } from "./store.js";

/** A `Store`. */
export class MemoryStore {
  /** @type {Map<string, Entry[]>} */
  #entries = new Map();
  /** @type {Map<string, number>} the seq behind which each conversation's entries begin, if that is not 0 */
  #skipped = new Map();
  /** @type {Map<string, Outgoing>} */
  #outbox = new Map();
  /** @type {Map<string, Undelivered>} */
  #undelivered = new Map();
  /** @type {Map<string, Map<string, Marks>>} */
  #marks = new Map();
  /** @type {Map<string, Intent>} */
  #intents = new Map();
  #generation = "";

  /** @param {string} user */
  constructor(user, device = newId()) {
    this.user = user;
    this.device = device;
  }

  async load() {
    return {
      cursors: new Map([...this.#entries.keys()].map((conversation) => [conversation, this.#cursor(conversation)])),
      outbox: await this.outbox(),
      marks: [...this.#marks.values()].flatMap((members) => [...members.values()]),
      undelivered: (await this.undelivered()).map(({ code: _code, reason: _reason, ...message }) => message),
      intents: [...this.#intents.values()],
      generation: this.#generation,
    };
  }

  /** @param {Write[]} writes */
  async apply(writes) {
    for (const write of writes) this.#apply(write);
  }

  /** @param {Write} write */
  #apply(write) {
    switch (write.type) {
      case "putEntries":
        for (const entry of write.entries) {
          const entries = this.#entries.get(entry.conversation);
          if (entries) entries.push(entry);
          else this.#entries.set(entry.conversation, [entry]);
        }
        break;
      case "rewind":
        this.#rewind(write.conversation, write.seq);
        break;
      case "skip":
        this.#entries.set(write.conversation, []);
        this.#skipped.set(write.conversation, write.seq);
        break;
      case "putGeneration":
        this.#generation = write.generation;
        break;
      case "restart":
        for (const held of [this.#entries, this.#marks, this.#intents]) held.clear();
        this.#generation = write.generation;
        break;
      case "addOutgoing":
        this.#undelivered.delete(write.message.id);
        this.#outbox.set(write.message.id, write.message);
        break;
      case "removeOutgoing":
        this.#undelivered.delete(write.id);
        this.#outbox.delete(write.id);
        break;
      case "failOutgoing": {
        const message = this.#outbox.get(write.id);
        this.#outbox.delete(write.id);
        if (message) this.#undelivered.set(write.id, { ...message, code: write.code, reason: write.reason });
        break;
      }
      case "putMarks":
        this.#putMarks(write.marks);
        break;
      case "putIntent": {
        const { conversation, delivered, read } = write;
        if (delivered || read) this.#intents.set(conversation, { conversation, delivered, read });
        else this.#intents.delete(conversation);
      }
    }
  }

  /**
   * @param {string} conversation
   * @param {number} seq
   */
  #rewind(conversation, seq) {
    const kept = Math.max(seq - this.#before(conversation), 0);
    this.#entries.set(conversation, (this.#entries.get(conversation) ?? []).slice(0, kept));
    if (!kept) this.#skipped.set(conversation, seq);
    const atMost = (/** @type {Intent} */ { delivered, read }) => ({
      delivered: Math.min(delivered, seq),
      read: Math.min(read, seq),
    });
    for (const marks of this.#marks.get(conversation)?.values() ?? []) this.#putMarks({ ...marks, ...atMost(marks) });
    const intent = this.#intents.get(conversation);
    if (intent) this.#intents.set(conversation, { conversation, ...atMost(intent) });
  }

  /** @param {Marks} marks */
  #putMarks(marks) {
    const members = this.#marks.get(marks.conversation) ?? new Map();
    this.#marks.set(marks.conversation, members.set(marks.user, marks));
  }

  /** @param {string} conversation */
  #cursor(conversation) {
    return this.#before(conversation) + (this.#entries.get(conversation)?.length ?? 0); // they are dense
  }

  /** @param {string} conversation */
  #before(conversation) {
    return this.#skipped.get(conversation) ?? 0;
  }

  /**
   * @param {string} conversation
   * @param {{ after?: number, before?: number, limit: number }} range
   */
  async entries(conversation, { after, before = Infinity, limit }) {
    const skipped = this.#before(conversation);
    const [from, to] = [after ?? 0, Math.min(before, Number.MAX_SAFE_INTEGER) - 1].map((seq) => Math.max(seq - skipped, 0));
    const found = (this.#entries.get(conversation) ?? []).slice(from, to);
    return after === undefined ? found.slice(-limit) : found.slice(0, limit);
  }

  async conversations() {
    return newestFirst(
      await Promise.all(
        [...this.#entries].map(async ([id, entries]) => {
          const { read } = (await this.marks(id)).find(({ user }) => user === this.user) ?? { read: 0 };
          const own = entries.filter(({ sender }) => sender === this.user).at(-1)?.seq ?? 0;
          const seen = entries[Math.max(read, own) - this.#before(id) - 1]?.count ?? countBefore(entries[0]);
          const last = entries.at(-1) ?? null;
          return { id, seq: this.#cursor(id), unread: last ? last.count - seen : 0, last };
        }),
      ),
    );
  }

  /** @param {string} conversation */
  async marks(conversation) {
    const marks = [...(this.#marks.get(conversation)?.values() ?? [])];
    return withIntent(marks, this.user, this.#intents.get(conversation));
  }

  /** @param {string} id */
  async sent(id) {
    for (const entries of this.#entries.values()) {
      const found = entries.find((entry) => entry.id === id && entry.sender === this.user);
      if (found) return found;
    }
    return undefined;
  }

  async outbox() {
    return [...this.#outbox.values()];
  }

  async undelivered() {
    return [...this.#undelivered.values()];
  }

  /** @param {string} id */
  async dismiss(id) {
    this.#undelivered.delete(id);
  }

  async close() {}
}
