/**
 * The session, driven: one after the other, it takes the inputs, stores what the session wants stored, and carries out the rest.
 *
 * @import { Effect, Input, SessionEvent, Write } from "../protocol/types.js"
 * @import { OpenSocket, Probe } from "./socket.js"
 * @import { Store } from "./store.js"
 * @import { TokenSource } from "./tokens.js"
 */

import { Session } from "../protocol/session.js";
import { Socket, withDevice } from "./socket.js";
import { SignInRequired, claims } from "./tokens.js";

/** Frames that are none of the session's, and may concern the app. */
const NEWS = ["profile", "conversation", "media", "data"];
const MAYBE_NEWS = new RegExp(`"type"\\s*:\\s*"(${NEWS.join("|")})"`);
/** Inputs that are stored together. While they are, others come. */
const BATCH = 100;

/** @typedef {SessionEvent | { type: "news", frame: Record<string, any> }} RunnerEvent */

/**
 * @typedef {object} Options
 * @property {Store} store
 * @property {string} url the WebSocket API's
 * @property {TokenSource} auth
 * @property {OpenSocket} open
 * @property {Probe | null} probe
 * @property {() => number} clock seconds
 * @property {() => number} chance in [0, 1)
 * @property {(events: RunnerEvent[]) => void} publish
 * @property {(seconds: number) => void} onDeadline called with the time until the next deadline
 * @property {(error: unknown) => void} onEnd called if the store cannot be used
 */

export class Runner {
  #options;
  #session;
  /** @type {{ given: Input, done?: { resolve: () => void, reject: (error: unknown) => void } }[]} */
  #queue = [];
  #busy = false;
  #ended = false;
  /** @type {Socket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Options} options
   * @param {import("../protocol/types.js").SavedState} held
   */
  constructor(options, held) {
    this.#options = options;
    this.#session = new Session(options.store.user, held);
  }

  get state() {
    return this.#session.state;
  }

  get idle() {
    return this.#session.idle && !this.#queue.length && !this.#busy;
  }

  /**
   * Take an input, after those before it.
   *
   * @param {Input} given
   */
  report(given) {
    if (this.#ended) return;
    this.#queue.push({ given });
    this.#pump();
  }

  /**
   * Take an input, and resolve when what it wants stored is stored.
   *
   * @param {Input} given
   * @returns {Promise<void>}
   */
  stored(given) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error("the client is closed"));
      this.#queue.push({ given, done: { resolve, reject } });
      this.#pump();
    });
  }

  /** Disconnect, and take nothing more. */
  async close() {
    await this.stored({ type: "stop" }).catch(() => {});
    this.#end(new Error("the client is closed"));
  }

  /** @param {unknown} error */
  #end(error) {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    for (const { done } of this.#queue.splice(0)) done?.reject(error);
  }

  async #pump() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    while (this.#queue.length && !this.#ended) {
      const batch = this.#queue.splice(0, BATCH);
      try {
        await this.#take(batch.map(({ given }) => given));
      } catch (error) {
        for (const { done } of batch) done?.reject(error);
        this.#end(error);
        this.#options.onEnd(error);
        return;
      }
      for (const { done } of batch) done?.resolve();
    }
    this.#busy = false;
    if (!this.#ended) this.#wake();
  }

  /** @param {Input[]} inputs */
  async #take(inputs) {
    /** @type {Write[]} */
    const writes = [];
    /** @type {Effect[]} */
    const effects = [];
    /** @type {RunnerEvent[]} */
    const events = [];
    for (const given of inputs) {
      const sent = given.type === "sendMessage" && (await this.#options.store.sent(given.message.id));
      if (sent) {
        events.push({ type: "sent", id: sent.id, conversation: sent.conversation, seq: sent.seq, at: sent.at });
        continue;
      }
      const out = this.#session.step(given, this.#options.clock(), this.#options.chance());
      writes.push(...out.writes);
      effects.push(...out.effects);
      events.push(...out.events);
      if (given.type === "frameReceived" && MAYBE_NEWS.test(given.text)) events.push(...news(given.text));
    }
    if (writes.length) await this.#options.store.apply(writes);
    for (const effect of effects) this.#do(effect);
    if (events.length) this.#options.publish(events);
  }

  /** @param {Effect} effect */
  #do(effect) {
    const { store, url, open, probe } = this.#options;
    switch (effect.type) {
      case "fetchToken":
        this.#fetchToken(effect.attempt, effect.refused);
        break;
      case "openSocket": {
        const report = (/** @type {Input} */ given) => this.report(given);
        this.#socket = new Socket(effect.attempt, withDevice(url, store.device), effect.token, open, report, probe);
        break;
      }
      case "sendFrame":
        this.#socket?.transmit(effect.text);
        break;
      case "closeSocket":
        this.#socket?.close();
        this.#socket = null;
    }
  }

  /**
   * @param {number} attempt
   * @param {boolean} refused
   */
  async #fetchToken(attempt, refused) {
    try {
      const token = await this.#options.auth.token({ refused });
      const { sub, exp } = claims(token);
      const expires = typeof exp === "number" ? this.#options.clock() + exp - Date.now() / 1000 : null;
      this.report({ type: "tokenFetched", attempt, token, subject: typeof sub === "string" ? sub : null, expires });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.report({ type: "tokenFailed", attempt, refused: error instanceof SignInRequired, reason });
    }
  }

  #wake() {
    const seconds = Math.max(this.#session.deadline() - this.#options.clock(), 0);
    if (seconds === Infinity) return;
    this.#timer = setTimeout(() => this.report({ type: "tick" }), seconds * 1000);
    this.#options.onDeadline(seconds);
  }
}

/**
 * @param {string} text
 * @returns {RunnerEvent[]}
 */
function news(text) {
  try {
    const frame = JSON.parse(text);
    return NEWS.includes(frame.type) ? [{ type: "news", frame }] : [];
  } catch {
    return [];
  }
}
