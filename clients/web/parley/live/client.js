/**
 * The client as an app sees it: one user on one device, in one tab or several.
 *
 * @import { Input, Online, Outgoing, State } from "../protocol/types.js"
 * @import { Options, RunnerEvent } from "./runner.js"
 * @import { Tabs, Told } from "./tabs.js"
 */

import { COMMAND_TIMEOUT, PRESENCE_LIMIT } from "../protocol/constants.js";
import { address, checkContent, isId } from "../protocol/values.js";
import { Feed } from "./feed.js";
import { messagesOf } from "./messages.js";
import { Runner } from "./runner.js";
import { newId } from "./store.js";

/**
 * README.md says what each event means.
 *
 * @typedef {Exclude<RunnerEvent, { type: "presence" }> | { type: "refresh" } | { type: "leading", leading: boolean }
 *   | { type: "stopped", error: unknown }} ClientEvent
 */

/** @typedef {Omit<Options, "publish" | "onDeadline" | "onEnd"> & { tabs: Tabs | null }} ClientOptions */

/** README.md describes every method. */
export class Client {
  #options;
  #store;
  #tabs;
  /** @type {Runner | null} while this tab leads */
  #runner = null;
  /** @type {State} */
  #state = "stopped";
  #closed = false;
  #id = newId();
  /** The tab that this one follows. */
  #leader = "";
  /** @type {Map<string, Set<(event: any) => void>>} */
  #handlers = new Map();
  /** @type {Set<Feed<ClientEvent>>} */
  #feeds = new Set();
  /** @type {Map<string, (users: Record<string, Online> | null) => void>} */
  #questions = new Map();
  /** What this tab has stored and no leader has taken yet. @type {Map<string, Outgoing>} */
  #untaken = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waking;
  /** @type {() => void} */
  #deafen = () => {};

  /** @param {ClientOptions} options */
  constructor(options) {
    this.#options = options;
    this.#store = options.store;
    this.#tabs = options.tabs;
  }

  /** Connect, and stay connected, or follow the tab that does. */
  async start() {
    this.#deafen = onReturn(() => this.nudge());
    if (this.#tabs) await this.#tabs.enter(() => this.#lead(), (told) => this.#hear(told));
    else await this.#lead();
    return this;
  }

  get user() {
    return this.#store.user;
  }

  get device() {
    return this.#store.device;
  }

  get state() {
    return this.#state;
  }

  get leading() {
    return this.#runner !== null;
  }

  /** Whether, as far as this tab knows, every message is acknowledged and no command awaits its answer. */
  get idle() {
    return this.#runner ? this.#runner.idle : !this.#untaken.size;
  }

  // -- what happens

  /**
   * @template {ClientEvent["type"] | "*"} T
   * @param {T} type
   * @param {(event: T extends "*" ? ClientEvent : Extract<ClientEvent, { type: T }>) => void} handler
   * @returns {() => void} ends it
   */
  on(type, handler) {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** Events from now on, to be read with `for await`. A reader that falls too far behind gets `refresh` in their place. */
  events() {
    /** @type {Feed<ClientEvent>} */
    const feed = new Feed((ended) => this.#feeds.delete(ended));
    this.#feeds.add(feed);
    return feed;
  }

  // -- what the user does

  /**
   * @param {string} where a user or a conversation
   * @param {{ text?: string, media?: string[], id?: string }} content
   * @returns {Promise<string>} the message's id, once it is stored on the device
   * @throws {RangeError} there is no such place, or the message could never be sent
   */
  async send(where, { text = "", media = [], id = newId() }) {
    const { conversation, to } = address(this.user, where);
    checkContent(text, media);
    if (!isId(id) || id.startsWith("_")) throw new RangeError(`not a message id: ${id}`);
    await this.#send({ id, conversation, to, text, media: [...media] });
    return id;
  }

  /**
   * Send a message that has failed once more, under the same id.
   *
   * @param {string} id
   */
  async resend(id) {
    const failed = (await this.#store.undelivered()).find((message) => message.id === id);
    if (!failed) return;
    const { conversation, to, text, media } = failed;
    await this.#send({ id, conversation, to, text, media });
  }

  /** @param {string} id */
  dismiss(id) {
    return this.#store.dismiss(id);
  }

  /** @param {Outgoing} message */
  async #send(message) {
    this.#check();
    if (this.#runner) {
      await this.#runner.stored({ type: "sendMessage", message });
      return;
    }
    if (!(await this.#store.sent(message.id))) await this.#store.apply([{ type: "addOutgoing", message }]);
    this.#untaken.set(message.id, message);
    this.#emit([{ type: "queued", id: message.id, conversation: message.conversation }]);
    this.#report({ type: "sendMessage", message });
  }

  /**
   * @param {string} where
   * @param {number | null} seq null for all that is held
   */
  async markRead(where, seq = null) {
    /** @type {Input} */
    const given = { type: "markRead", conversation: address(this.user, where).conversation, seq };
    this.#check();
    if (this.#runner) await this.#runner.stored(given);
    else this.#report(given);
  }

  /** @param {string} where */
  typing(where) {
    this.#check();
    this.#report({ type: "keyPressed", conversation: address(this.user, where).conversation });
  }

  nudge() {
    if (!this.#closed) this.#report({ type: "nudge" });
  }

  /**
   * @param {string[]} users
   * @returns {Promise<Record<string, Online> | null>} null if it is not known now
   */
  presence(users) {
    this.#check();
    if (!users.length || users.length > PRESENCE_LIMIT || !users.every(isId)) {
      throw new RangeError(`presence takes 1 to ${PRESENCE_LIMIT} user ids`);
    }
    const question = newId();
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(null), 2000 * COMMAND_TIMEOUT);
      const answer = (/** @type {Record<string, Online> | null} */ found) => {
        clearTimeout(timer);
        this.#questions.delete(question);
        resolve(found);
      };
      this.#questions.set(question, answer);
      this.#report({ type: "queryPresence", question, users });
    });
  }

  // -- what is held

  conversations() {
    return this.#store.conversations();
  }

  /**
   * @param {string} where
   * @param {{ before?: number, limit?: number }} range
   */
  messages(where, { before, limit = 50 } = {}) {
    return messagesOf(this.#store, address(this.user, where).conversation, before, limit);
  }

  /**
   * @param {string} where
   * @param {{ after?: number, before?: number, limit?: number }} range
   */
  entries(where, { after, before, limit = 1000 } = {}) {
    return this.#store.entries(address(this.user, where).conversation, { after, before, limit });
  }

  /** @param {string} where */
  marks(where) {
    return this.#store.marks(address(this.user, where).conversation);
  }

  outbox() {
    return this.#store.outbox();
  }

  undelivered() {
    return this.#store.undelivered();
  }

  /** Disconnect, and release the store. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.#runner?.close();
    await this.#shutDown();
  }

  // -- leading and following

  async #lead() {
    if (this.#closed) return;
    const following = this.#state !== "stopped";
    try {
      const publish = (/** @type {RunnerEvent[]} */ events) => this.#publish(events);
      const onDeadline = (/** @type {number} */ seconds) => this.#due(seconds);
      const onEnd = (/** @type {unknown} */ error) => this.#fail(error);
      const held = await this.#store.load();
      if (this.#closed) return;
      this.#runner = new Runner({ ...this.#options, publish, onDeadline, onEnd }, held);
    } catch (error) {
      this.#fail(error);
      return;
    }
    clearTimeout(this.#waking);
    this.#state = "stopped";
    this.#untaken.clear(); // they are in the outbox that the session starts from
    this.#runner.report({ type: "start" });
    this.#tell();
    this.#emit([{ type: "leading", leading: true }]);
    if (following) this.#emit([{ type: "refresh" }]);
  }

  #tell() {
    this.#tabs?.tell({ leader: this.#id, state: this.#state });
  }

  /** @param {Input} given */
  #report(given) {
    if (this.#runner) this.#runner.report(given);
    else this.#tabs?.tell({ input: given });
  }

  /** @param {Told} told */
  #hear(told) {
    if (this.#closed) return;
    if (this.#runner) {
      if ("input" in told) this.#runner.report(told.input);
      else if ("tick" in told) this.#runner.report({ type: "tick" });
      else if ("hello" in told) this.#tell();
    } else if ("events" in told) {
      this.#follow(told.events);
    } else if ("leader" in told) {
      if (told.state !== this.#state) this.#follow([{ type: "state", state: told.state, retryIn: null, reason: "" }]);
      if (told.leader !== this.#leader) this.#emit([{ type: "refresh" }]); // the last one may have gone in mid-sentence
      this.#leader = told.leader;
      for (const message of this.#untaken.values()) this.#report({ type: "sendMessage", message });
    } else if ("due" in told && !isHidden()) {
      clearTimeout(this.#waking);
      this.#waking = setTimeout(() => this.#tabs?.tell({ tick: true }), told.due);
    }
  }

  /** Take the leader's events. @param {RunnerEvent[]} events */
  #follow(events) {
    this.#publish(
      events.filter((event) => {
        const taken = "id" in event && this.#untaken.delete(event.id);
        return !(taken && event.type === "queued"); // that was said when it was stored
      }),
    );
  }

  /** @param {number} seconds */
  #due(seconds) {
    if (this.#tabs && isHidden()) this.#tabs.tell({ due: seconds * 1000 });
  }

  /** @param {RunnerEvent[]} events */
  #publish(events) {
    if (this.#runner) this.#tabs?.tell({ events });
    for (const event of events) {
      if (event.type === "state") this.#state = event.state;
      if (event.type === "presence") this.#questions.get(event.question)?.(event.users);
      else this.#emit([event]);
    }
  }

  /** @param {ClientEvent[]} events */
  #emit(events) {
    for (const event of events) {
      for (const feed of this.#feeds) feed.put(event);
      for (const type of [event.type, "*"]) {
        for (const handler of [...(this.#handlers.get(type) ?? [])]) {
          try {
            handler(event);
          } catch (error) {
            (globalThis.reportError ?? console.error)(error);
          }
        }
      }
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#closed = true;
    this.#emit([{ type: "stopped", error }]);
    this.#shutDown();
  }

  async #shutDown() {
    this.#state = "stopped";
    this.#deafen();
    clearTimeout(this.#waking);
    this.#tabs?.leave();
    for (const answer of [...this.#questions.values()]) answer(null);
    for (const feed of this.#feeds) feed.end();
    await this.#store.close();
  }

  #check() {
    if (this.#closed) throw new Error("the client is closed");
  }
}

const isHidden = () => globalThis.document?.visibilityState === "hidden";

/**
 * Call back when the network is back, or the page is in the foreground again.
 *
 * @param {() => void} back
 * @returns {() => void} ends it
 */
function onReturn(back) {
  const { document } = globalThis;
  if (!document) return () => {};
  const shown = () => {
    if (!isHidden()) back();
  };
  const ended = new AbortController();
  const { signal } = ended;
  globalThis.addEventListener("online", back, { signal });
  globalThis.addEventListener("pageshow", shown, { signal });
  document.addEventListener("visibilitychange", shown, { signal });
  document.addEventListener("resume", shown, { signal });
  return () => ended.abort();
}
