/**
 * What an app keeps for its user, the same on all devices: SPEC.md, "User data".
 *
 * @import { Datum, Rest } from "./rest.js"
 */

import { Problem } from "./problems.js";

/**
 * What is held, to be stored by the app: each key with its version, deleted keys included, and the version up to which everything
 * is held.
 *
 * @typedef {{ known: number, data: Record<string, Datum> }} Held
 */

/** The user's data on one device. Call `refresh` after each first sync, and `take` for each `data` frame. */
export class UserData {
  #rest;
  #onChange;
  #held;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {Pick<Rest, "listData" | "putData" | "deleteData">} rest
   * @param {{ held?: Held, onChange?: (held: Held, keys: string[]) => void }} options `onChange` gets what to store
   */
  constructor(rest, { held = { known: 0, data: {} }, onChange = () => {} } = {}) {
    this.#rest = rest;
    this.#held = { known: held.known, data: new Map(Object.entries(held.data)) };
    this.#onChange = onChange;
  }

  /**
   * The value of a key; undefined if there is none.
   *
   * @param {string} key
   */
  get(key) {
    return this.#held.data.get(key)?.value;
  }

  /** Fetch what has changed. */
  refresh() {
    return this.#alone(async () => {
      const { changes, version, reset } = await this.#rest.listData(this.#held.known);
      const forgotten = reset ? [...this.#held.data.keys()] : [];
      if (reset) this.#held.data.clear();
      const taken = changes.filter((datum) => this.#apply(datum));
      this.#held.known = version;
      this.#changed([...new Set([...forgotten, ...taken.map(({ key }) => key)])]);
    });
  }

  /**
   * Take a `data` frame, and fetch what was missed before it.
   *
   * @param {Datum} datum
   */
  async take(datum) {
    const fresh = this.#apply(datum);
    const missed = datum.version > this.#held.known + 1;
    if (datum.version === this.#held.known + 1) this.#held.known = datum.version;
    if (fresh) this.#changed([datum.key]);
    if (missed) await this.refresh();
  }

  /**
   * Change a key. `merge` gets its present value (undefined if there is none) and returns the new one; it is called again if
   * another device was faster.
   *
   * @param {string} key
   * @param {(present: any) => unknown} merge
   */
  change(key, merge) {
    return this.#alone(async () => {
      for (;;) {
        const present = this.#held.data.get(key);
        const version = present && !present.deleted ? present.version : 0;
        const value = merge(present?.value);
        try {
          const stored = await this.#rest.putData(key, value, { version });
          // Neither what is between, nor that there is nothing between, is known from this answer.
          if (this.#apply({ ...stored, key, value, deleted: false })) this.#changed([key]);
          return;
        } catch (error) {
          const current = error instanceof Problem && error.code === "conflict" ? error.current : null;
          if (!current) throw error;
          if (this.#apply(/** @type {Datum} */ ({ ...current, key }))) this.#changed([key]);
          else throw error;
        }
      }
    });
  }

  /**
   * @param {Datum} datum
   * @returns {boolean} whether it is newer than what was held
   */
  #apply(datum) {
    if (datum.version <= (this.#held.data.get(datum.key)?.version ?? 0)) return false;
    this.#held.data.set(datum.key, datum);
    return true;
  }

  /** @param {string[]} keys */
  #changed(keys) {
    this.#onChange({ known: this.#held.known, data: Object.fromEntries(this.#held.data) }, keys);
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #alone(work) {
    const next = this.#last.then(work);
    this.#last = next.catch(() => {});
    return next;
  }
}
