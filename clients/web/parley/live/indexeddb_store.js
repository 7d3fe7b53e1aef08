/**
 * The store in IndexedDB: one database for each user and name. Several tabs may read it; one at a time writes (`tabs.js`), but
 * for messages that are added to the outbox.
 *
 * @import { Entry, Intent, Marks, Outgoing, Write } from "../protocol/types.js"
 */

import { StoreError, countBefore, newId, newestFirst, withIntent } from "./store.js";

const VERSION = 1;
const ALL = ["meta", "cursors", "entries", "outbox", "marks", "intents"];

/**
 * `last` is the newest entry, and `own` the `count` of the user's own newest entry, or of what was archived before the first.
 *
 * @typedef {{ conversation: string, seq: number, last: Entry | null, own: number }} Cursor
 */

/**
 * A row of the outbox. Without a `code` it is to be sent.
 *
 * @typedef {Outgoing & { position?: number, code?: string, reason?: string }} Row
 */

/** A `Store`. */
export class IndexedDBStore {
  #db;

  /**
   * @param {IDBDatabase} db
   * @param {string} user
   * @param {string} device
   */
  constructor(db, user, device) {
    this.#db = db;
    this.user = user;
    this.device = device;
    db.onversionchange = () => db.close(); // a newer version of the client, in another tab
  }

  /**
   * Open the user's database, or create it.
   *
   * @param {string} user
   * @param {string} name
   * @param {IDBFactory} factory
   * @throws {StoreError} it cannot be used
   */
  static async open(user, name = "default", factory = indexedDB) {
    try {
      const opening = factory.open(`parley:${name}:${user}`, VERSION);
      opening.onupgradeneeded = () => create(opening.result);
      const db = await done(opening);
      const meta = db.transaction("meta", "readwrite").objectStore("meta");
      let device = await done(meta.get("device"));
      if (device === undefined) {
        device = newId();
        await done(meta.put(device, "device"));
      }
      return new IndexedDBStore(db, user, device);
    } catch (error) {
      throw failed(error);
    }
  }

  load() {
    return this.#read(async (at) => {
      const [cursors, rows, marks, intents, generation = ""] = await Promise.all([
        done(at("cursors").getAll()),
        done(at("outbox").getAll()),
        done(at("marks").getAll()),
        done(at("intents").getAll()),
        done(at("meta").get("generation")),
      ]);
      return {
        cursors: new Map(cursors.map((/** @type {Cursor} */ { conversation, seq }) => [conversation, seq])),
        outbox: rows.filter(({ code }) => code === undefined).map(outgoing),
        marks,
        undelivered: rows.filter(({ code }) => code !== undefined).map(outgoing),
        intents,
        generation,
      };
    });
  }

  /** @param {Write[]} writes */
  apply(writes) {
    return this.#within("readwrite", async (at) => {
      for (const write of writes) await this.#apply(write, at);
    });
  }

  /**
   * @param {Write} write
   * @param {(name: string) => IDBObjectStore} at
   */
  async #apply(write, at) {
    switch (write.type) {
      case "putEntries":
        return this.#putEntries(write.entries, at);
      case "rewind":
        return this.#rewind(write.conversation, write.seq, at);
      case "skip": {
        const { conversation, seq } = write;
        at("entries").delete(between(conversation, 0, Infinity));
        at("cursors").put({ conversation, seq, last: null, own: 0 });
        return;
      }
      case "putGeneration":
        at("meta").put(write.generation, "generation");
        return;
      case "restart":
        for (const name of ["entries", "cursors", "marks", "intents"]) at(name).clear();
        at("meta").put(write.generation, "generation");
        return;
      case "addOutgoing": {
        const row = await rowOf(write.message.id, at);
        if (row && row.code === undefined) return;
        if (row) at("outbox").delete(/** @type {number} */ (row.position));
        at("outbox").add({ ...write.message });
        return;
      }
      case "removeOutgoing": {
        const row = await rowOf(write.id, at);
        if (row) at("outbox").delete(/** @type {number} */ (row.position));
        return;
      }
      case "failOutgoing": {
        const row = await rowOf(write.id, at);
        if (row) at("outbox").put({ ...row, code: write.code, reason: write.reason });
        return;
      }
      case "putMarks":
        at("marks").put(write.marks);
        return;
      case "putIntent": {
        const { conversation, delivered, read } = write;
        if (delivered || read) at("intents").put({ conversation, delivered, read });
        else at("intents").delete(conversation);
      }
    }
  }

  /**
   * @param {Entry[]} entries
   * @param {(name: string) => IDBObjectStore} at
   */
  async #putEntries(entries, at) {
    /** @type {Map<string, Cursor>} */
    const cursors = new Map();
    for (const entry of entries) {
      const { conversation, seq, count, sender } = entry;
      const held = cursors.get(conversation) ?? (await done(at("cursors").get(conversation)));
      const own = sender === this.user ? count : held?.last ? held.own : countBefore(entry);
      cursors.set(conversation, { conversation, seq, last: entry, own });
      at("entries").put(entry);
    }
    for (const cursor of cursors.values()) at("cursors").put(cursor);
  }

  /**
   * @param {string} conversation
   * @param {number} seq
   * @param {(name: string) => IDBObjectStore} at
   */
  async #rewind(conversation, seq, at) {
    at("entries").delete(between(conversation, seq, Infinity));
    const last = (await done(at("entries").get([conversation, seq]))) ?? null;
    let own = 0;
    await each(at("entries").openCursor(between(conversation, 0, Infinity), "prev"), (/** @type {Entry} */ entry) => {
      if (entry.sender === this.user) own = entry.count;
      return !own;
    });
    const [first] = await done(at("entries").getAll(between(conversation, 0, Infinity), 1));
    at("cursors").put({ conversation, seq, last, own: own || countBefore(first) });
    const lower = (/** @type {Intent} */ marks) => ({
      ...marks,
      delivered: Math.min(marks.delivered, seq),
      read: Math.min(marks.read, seq),
    });
    for (const marks of await done(at("marks").getAll(members(conversation)))) at("marks").put(lower(marks));
    const intent = await done(at("intents").get(conversation));
    if (intent) at("intents").put(lower(intent));
  }

  /**
   * @param {string} conversation
   * @param {{ after?: number, before?: number, limit: number }} range
   */
  async entries(conversation, { after, before = Infinity, limit }) {
    if (before <= (after ?? 0)) return [];
    const range = between(conversation, after ?? 0, before);
    return this.#read(async (at) => {
      if (after !== undefined) return /** @type {Promise<Entry[]>} */ (done(at("entries").getAll(range, limit)));
      /** @type {Entry[]} */
      const found = [];
      await each(at("entries").openCursor(range, "prev"), (/** @type {Entry} */ entry) => {
        if (found.length < limit) found.push(entry);
        return found.length < limit;
      });
      return found.reverse();
    });
  }

  async conversations() {
    const found = await this.#read(async (at) => {
      /** @type {Cursor[]} */
      const cursors = await done(at("cursors").getAll());
      return Promise.all(
        cursors.map(async ({ conversation, seq, last, own }) => {
          const [marks, intent] = await Promise.all([
            done(at("marks").get([conversation, this.user])),
            done(at("intents").get(conversation)),
          ]);
          const read = Math.max(marks?.read ?? 0, intent?.read ?? 0);
          const seen = read && last ? (read >= seq ? last : await done(at("entries").get([conversation, read]))) : undefined;
          return { id: conversation, seq, unread: last ? last.count - Math.max(seen?.count ?? 0, own) : 0, last };
        }),
      );
    });
    return newestFirst(found);
  }

  /** @param {string} conversation */
  marks(conversation) {
    return this.#read(async (at) => {
      const [marks, intent] = await Promise.all([
        done(at("marks").getAll(members(conversation))),
        done(at("intents").get(conversation)),
      ]);
      return withIntent(/** @type {Marks[]} */ (marks), this.user, intent);
    });
  }

  /** @param {string} id */
  sent(id) {
    return this.#read(
      (at) => /** @type {Promise<Entry | undefined>} */ (done(at("entries").index("sent").get([this.user, id]))),
    );
  }

  async outbox() {
    return (await this.load()).outbox;
  }

  undelivered() {
    return this.#read(async (at) => {
      const rows = /** @type {Row[]} */ (await done(at("outbox").getAll()));
      return rows.flatMap((row) => {
        const { code, reason = "" } = row;
        return code === undefined ? [] : [{ ...outgoing(row), code, reason }];
      });
    });
  }

  /** @param {string} id */
  dismiss(id) {
    return this.#within("readwrite", async (at) => {
      const row = await rowOf(id, at);
      if (row?.code !== undefined) at("outbox").delete(/** @type {number} */ (row.position));
    });
  }

  async close() {
    this.#db.close();
  }

  /**
   * @template T
   * @param {(at: (name: string) => IDBObjectStore) => Promise<T>} work
   */
  #read(work) {
    return this.#within("readonly", work);
  }

  /**
   * One transaction. It is durable when the promise resolves.
   *
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(at: (name: string) => IDBObjectStore) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #within(mode, work) {
    /** @type {IDBTransaction | undefined} */
    let transaction;
    try {
      const begun = this.#db.transaction(ALL, mode, { durability: "strict" });
      transaction = begun;
      const complete = new Promise((resolve, reject) => {
        begun.oncomplete = resolve;
        begun.onabort = () => reject(begun.error);
      });
      complete.catch(() => {}); // it is awaited below, unless the work fails before
      const result = await work((name) => begun.objectStore(name));
      transaction = undefined;
      await complete;
      return result;
    } catch (error) {
      abort(transaction);
      throw failed(error);
    }
  }
}

/** All or none. @param {IDBTransaction | undefined} transaction */
function abort(transaction) {
  try {
    transaction?.abort();
  } catch {
    // It has ended already.
  }
}

/** @param {IDBDatabase} db */
function create(db) {
  db.createObjectStore("meta");
  db.createObjectStore("cursors", { keyPath: "conversation" });
  db.createObjectStore("entries", { keyPath: ["conversation", "seq"] }).createIndex("sent", ["sender", "id"]);
  db.createObjectStore("outbox", { keyPath: "position", autoIncrement: true }).createIndex("id", "id", { unique: true });
  db.createObjectStore("marks", { keyPath: ["conversation", "user"] });
  db.createObjectStore("intents", { keyPath: "conversation" });
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * Calls `take` with each value until it returns false.
 *
 * @param {IDBRequest<IDBCursorWithValue | null>} request
 * @param {(value: any) => boolean} take
 * @returns {Promise<void>}
 */
const each = (request, take) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      if (request.result && take(request.result.value)) request.result.continue();
      else resolve();
    };
    request.onerror = () => reject(request.error);
  });

/**
 * @param {string} conversation
 * @param {number} after
 * @param {number} before
 */
const between = (conversation, after, before) =>
  IDBKeyRange.bound([conversation, after], [conversation, before], true, true);

/** @param {string} conversation */
const members = (conversation) => IDBKeyRange.bound([conversation], [conversation, []]);

/**
 * @param {string} id
 * @param {(name: string) => IDBObjectStore} at
 * @returns {Promise<Row | undefined>}
 */
const rowOf = (id, at) => done(at("outbox").index("id").get(id));

/**
 * @param {Row} row
 * @returns {Outgoing}
 */
const outgoing = ({ id, conversation, to, text, media }) => ({ id, conversation, to, text, media });

/** @param {unknown} error */
const failed = (error) => new StoreError(`the device's store cannot be used: ${error instanceof Error ? error.message : error}`);
