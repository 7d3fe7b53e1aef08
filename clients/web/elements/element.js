/** What all elements have: a shadow root, a client, strings, and a scope that ends when they are taken away or given another. */

import { h } from "./dom.js";
import { Dates } from "./dates.js";
import { english } from "./strings.js";
import { theme } from "./theme.js";

/** @typedef {import("./types.js").Client} Client */
/** @typedef {import("./types.js").Strings} Strings */

export class ParleyElement extends HTMLElement {
  /** @type {CSSStyleSheet[]} */
  static styles = [];
  /** @type {string[]} the properties that may have been set before the element was defined */
  static properties = ["client", "strings"];

  /** @type {Client | null} */
  #client = null;
  /** @type {Strings} */
  #strings = english;
  /** @type {AbortController | null} */
  #scope = null;
  #due = false;

  constructor() {
    super();
    const { styles } = /** @type {typeof ParleyElement} */ (this.constructor);
    this.root = this.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [theme, ...styles];
    this.dates = new Dates("", english);
  }

  /** The client whose conversations are shown. */
  get client() {
    return this.#client;
  }

  set client(client) {
    if (client === this.#client) return;
    this.#client = client;
    this.restart();
  }

  /**
   * The words shown; those that are not given are English.
   *
   * @returns {Strings}
   */
  get strings() {
    return this.#strings;
  }

  /** @param {Partial<Strings>} strings */
  set strings(strings) {
    this.#strings = { ...english, ...strings };
    this.restart();
  }

  connectedCallback() {
    const { properties } = /** @type {typeof ParleyElement} */ (this.constructor);
    for (const name of properties) {
      if (!Object.hasOwn(this, name)) continue;
      const value = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.restart();
  }

  disconnectedCallback() {
    this.restart();
  }

  /** @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if (before !== now) this.restart();
  }

  /** End what is under way, and begin again if there is still something to show. Several calls in a row are one. */
  restart() {
    this.#scope?.abort();
    this.#scope = null;
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.isConnected) return;
      this.#scope?.abort();
      this.#scope = new AbortController();
      const lang = this.closest("[lang]")?.getAttribute("lang") ?? navigator.language;
      this.dates = new Dates(lang, this.#strings);
      this.start(this.#scope.signal);
    });
  }

  /**
   * Show everything. What is still to come stops when the signal says so.
   *
   * @param {AbortSignal} _signal
   */
  start(_signal) {}

  /**
   * Tell the page, across shadow roots.
   *
   * @param {string} type
   * @param {unknown} [detail]
   */
  emit(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  /** @param {string} title @param {string} [hint] @param {Node} [picture] */
  note(title, hint = "", picture) {
    return h("div", { class: "note", part: "note" }, picture, h("p", {}, title), hint && h("p", { class: "hint" }, hint));
  }
}

/**
 * A client's HTTP API; null if it has none, which the client says by throwing.
 *
 * @param {Client} client
 */
export function rest(client) {
  try {
    return client.rest;
  } catch {
    return null;
  }
}

/**
 * Hear a client until the signal.
 *
 * @param {Client} client
 * @param {AbortSignal} signal
 * @param {(event: any) => void} handler
 */
export function listen(client, signal, handler) {
  const stop = client.on("*", (event) => {
    if (!signal.aborted) handler(event);
  });
  signal.addEventListener("abort", stop, { once: true });
}

/**
 * Call now and then, while somebody can see the page.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {() => void} action
 */
export function every(ms, signal, action) {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") action();
  }, ms);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
