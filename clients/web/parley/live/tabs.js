/**
 * Several tabs of one user: one leads, by Web Locks, and has the session and its socket. The others follow: they read the shared
 * store, hand the leader what the user does, and get its events, over a BroadcastChannel.
 *
 * @import { Input, State } from "../protocol/types.js"
 */

/**
 * What tabs tell each other. To the leader: `input`, `hello` (a new follower), `tick` (a hidden leader's timers run late, so a
 * visible follower calls it when its deadline has come). From the leader: `events`, `leader` (its id and state, when it has begun
 * and when it answers a hello), `due` (milliseconds until its deadline).
 *
 * @typedef {{ input: Input } | { hello: true } | { tick: true } | { events: any[] } | { leader: string, state: State } | { due: number }} Told
 */

/** One tab among those of a user. */
export class Tabs {
  #name;
  #locks;
  #channel;
  #left = new AbortController();
  /** @type {Promise<void>} */
  #untilLeft = new Promise((resolve) => this.#left.signal.addEventListener("abort", () => resolve()));

  /**
   * @param {string} name
   * @param {LockManager} locks
   * @param {BroadcastChannel} channel
   */
  constructor(name, locks, channel) {
    this.#name = name;
    this.#locks = locks;
    this.#channel = channel;
  }

  /**
   * The tabs of this name; null where there are none, as in Node.
   *
   * @param {string} name
   */
  static join(name) {
    const locks = globalThis.navigator?.locks;
    return locks && globalThis.BroadcastChannel ? new Tabs(name, locks, new BroadcastChannel(name)) : null;
  }

  /**
   * Lead at once if nobody else does, and otherwise as soon as nobody else does any more. Resolves when it is known which.
   *
   * @param {() => Promise<void>} lead called when this tab leads
   * @param {(told: Told) => void} hear
   * @returns {Promise<void>}
   */
  enter(lead, hear) {
    this.#channel.onmessage = ({ data }) => hear(data);
    return new Promise((resolve) => {
      const leading = async () => {
        await lead();
        resolve();
        await this.#untilLeft;
      };
      this.#locks.request(this.#name, { ifAvailable: true }, async (lock) => {
        if (lock) return leading();
        resolve();
        this.#locks.request(this.#name, { signal: this.#left.signal }, leading).catch(() => {}); // this tab has left
        this.tell({ hello: true });
      });
    });
  }

  /** @param {Told} told */
  tell(told) {
    this.#channel.postMessage(told);
  }

  leave() {
    this.#left.abort();
    this.#channel.close();
  }
}
