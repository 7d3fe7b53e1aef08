/**
 * A store in a file, for Node: a log of what was written, one line for each `apply`, synced to the disk before that resolves. When it
 * is opened, it is read and written again without what is no longer needed. One process at a time may use a file; nothing checks it.
 *
 * @import { FileHandle } from "node:fs/promises"
 * @import { Write } from "../protocol/types.js"
 */

import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

import { MemoryStore } from "../live/memory_store.js";
import { StoreError, newId } from "../live/store.js";

/** A `Store`. */
export class FileStore extends MemoryStore {
  /** @type {FileHandle | null} */
  #file = null;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * Open the user's file, or create it.
   *
   * @param {string} path
   * @param {string} user
   * @throws {StoreError} it is damaged, another user's, or cannot be written
   */
  static async open(path, user) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const lines = await linesOf(path);
      const { user: owner, device } = lines.length ? JSON.parse(lines[0]) : { user, device: newId() };
      if (owner !== user) throw new Error(`${path} belongs to another user`);
      const store = new FileStore(user, device);
      for (const line of lines.slice(1)) await MemoryStore.prototype.apply.call(store, JSON.parse(line));
      await store.#rewrite(path);
      return store;
    } catch (error) {
      throw failed(error);
    }
  }

  /** @param {string} path */
  async #rewrite(path) {
    const file = await open(`${path}.new`, "w", 0o600);
    const head = { user: this.user, device: this.device };
    await file.writeFile(`${JSON.stringify(head)}\n${JSON.stringify(await this.#everything())}\n`);
    await file.sync();
    await rename(`${path}.new`, path);
    this.#file = file;
  }

  /** @returns {Promise<Write[]>} what makes a new store the same as this one */
  async #everything() {
    const { cursors, outbox, marks, intents, generation } = await this.load();
    const undelivered = await this.undelivered();
    /** @type {Write[]} */
    const writes = generation ? [{ type: "putGeneration", generation }] : [];
    for (const conversation of cursors.keys()) {
      const entries = await this.entries(conversation, { limit: Infinity });
      const before = (cursors.get(conversation) ?? 0) - entries.length;
      if (before || !entries.length) writes.push({ type: "skip", conversation, seq: before });
      if (entries.length) writes.push({ type: "putEntries", entries });
    }
    for (const { code, reason, ...message } of undelivered) {
      writes.push({ type: "addOutgoing", message }, { type: "failOutgoing", id: message.id, code, reason });
    }
    writes.push(...outbox.map((message) => /** @type {Write} */ ({ type: "addOutgoing", message })));
    writes.push(...marks.map((held) => /** @type {Write} */ ({ type: "putMarks", marks: held })));
    writes.push(...intents.map((intent) => /** @type {Write} */ ({ type: "putIntent", ...intent })));
    return writes;
  }

  /**
   * @override
   * @param {Write[]} writes
   */
  apply(writes) {
    return this.#alone(async () => {
      if (!this.#file) throw new Error("the file is closed");
      await this.#file.appendFile(`${JSON.stringify(writes)}\n`);
      await this.#file.datasync();
      await super.apply(writes);
    });
  }

  /**
   * @override
   * @param {string} id
   */
  async dismiss(id) {
    if ((await this.undelivered()).some((message) => message.id === id)) await this.apply([{ type: "removeOutgoing", id }]);
  }

  /** @override */
  close() {
    return this.#alone(async () => {
      await this.#file?.close();
      this.#file = null;
    });
  }

  /**
   * @param {() => Promise<void>} work
   * @returns {Promise<void>}
   */
  #alone(work) {
    const next = this.#last.then(work).catch((error) => {
      throw failed(error);
    });
    this.#last = next.catch(() => {});
    return next;
  }
}

/**
 * The whole lines of a file. A last one that was cut off belongs to a write that nobody was told of.
 *
 * @param {string} path
 */
async function linesOf(path) {
  try {
    return (await readFile(path, "utf8")).split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** @param {unknown} error */
const failed = (error) => new StoreError(`the device's store cannot be used: ${error instanceof Error ? error.message : error}`);
