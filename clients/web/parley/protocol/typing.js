/**
 * Who is typing, and how often the user's own typing is announced.
 *
 * @import { Output } from "./types.js"
 */

import { TYPING_EVERY, TYPING_SHOWN } from "./constants.js";

/** Shows others as typing for a few seconds after each frame, and limits how often the user's own is sent. */
export class TypingIndicators {
  /** @type {Map<string, { conversation: string, user: string, until: number }>} */
  #shown = new Map();
  /** @type {Map<string, number>} */
  #sentAt = new Map();

  /**
   * Whether a key press should be sent as a frame. If so, it counts as sent.
   *
   * @param {string} conversation
   * @param {number} now
   */
  maySend(conversation, now) {
    const sent = this.#sentAt.get(conversation);
    if (sent !== undefined && now < sent + TYPING_EVERY) return false;
    this.#sentAt.set(conversation, now);
    return true;
  }

  /**
   * A member is typing.
   *
   * @param {string} conversation
   * @param {string} user
   * @param {number} now
   * @param {Output} out
   */
  heard(conversation, user, now, out) {
    const key = `${conversation} ${user}`;
    if (!this.#shown.has(key)) out.events.push({ type: "typing", conversation, user, typing: true });
    this.#shown.set(key, { conversation, user, until: now + TYPING_SHOWN });
  }

  /**
   * A member's message has arrived, or their last frame is too old.
   *
   * @param {string} conversation
   * @param {string} user
   * @param {Output} out
   */
  stopped(conversation, user, out) {
    if (this.#shown.delete(`${conversation} ${user}`)) out.events.push({ type: "typing", conversation, user, typing: false });
  }

  /**
   * @param {number} now
   * @param {Output} out
   */
  tick(now, out) {
    for (const { conversation, user, until } of [...this.#shown.values()]) {
      if (until <= now) this.stopped(conversation, user, out);
    }
  }

  /** When the next member stops being shown; infinite if there is none. */
  deadline() {
    return Math.min(...[...this.#shown.values()].map(({ until }) => until));
  }
}
