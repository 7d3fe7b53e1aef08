/** Events on their way to one reader in the app. It may be slow, and never keeps the socket waiting. */

import { EVENT_QUEUE } from "../protocol/constants.js";

/**
 * A bounded queue. When it is full, one `refresh` replaces its events: the app reads the store again.
 *
 * @template {{ type: string }} T
 * @implements {AsyncIterableIterator<T | { type: "refresh" }>}
 */
export class Feed {
  /** @type {(T | { type: "refresh" })[]} */
  #events = [];
  /** @type {(() => void) | undefined} */
  #news;
  #ended = false;
  #onReturn;

  /** @param {(feed: Feed<T>) => void} onReturn called when nobody reads any more */
  constructor(onReturn) {
    this.#onReturn = onReturn;
  }

  /** @param {T} event */
  put(event) {
    if (this.#events.length >= EVENT_QUEUE) this.#events = [{ type: "refresh" }];
    this.#events.push(event);
    this.#news?.();
  }

  /** Add no more events: the reader gets those that are left. */
  end() {
    this.#ended = true;
    this.#news?.();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<T | { type: "refresh" }>>} */
  async next() {
    for (;;) {
      const value = this.#events.shift();
      if (value) return { done: false, value };
      if (this.#ended) return { done: true, value: undefined };
      await new Promise((resolve) => (this.#news = () => resolve(undefined)));
    }
  }

  /** @returns {Promise<IteratorResult<T | { type: "refresh" }>>} */
  async return() {
    this.end();
    this.#onReturn(this);
    return { done: true, value: undefined };
  }
}
