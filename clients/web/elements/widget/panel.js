/** What the bubble opens: signing in, then the conversation, or the inbox if the page names nobody to talk to. */

import "../index.js";
import { h, icon } from "../dom.js";
import { rest } from "../element.js";
import { direct } from "../ids.js";
import { english } from "../strings.js";
import { theme } from "../theme.js";
import { Session } from "./session.js";
import { style } from "./style.js";
import { trap } from "./trap.js";

/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("../widget.js").ParleyWidget} Widget */

/** How long (ms) to wait for more news before counting again. */
const PAUSE = 150;

export class Panel {
  #widget;
  #strings;
  #dialog;
  /** @type {Promise<Session> | null} */
  #session = null;
  /** @type {Promise<void> | null} */
  #started = null;
  #with = "";

  /** @param {Widget} widget */
  constructor(widget) {
    this.#widget = widget;
    this.#strings = { ...english, ...widget.strings };
    widget.root.adoptedStyleSheets = [theme, style, ...widget.root.adoptedStyleSheets];
    this.#dialog = h("div", { class: "panel", role: "dialog", "aria-modal": "true", "aria-label": widget.getAttribute("heading") ?? this.#strings.chat,
      part: "panel", tabindex: -1, hidden: true });
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
      event.stopPropagation();
      widget.close();
    });
    trap(this.#dialog);
    widget.root.prepend(this.#dialog);
  }

  /** Show the panel, whatever it has to show. */
  async open() {
    this.#dialog.hidden = false;
    this.#dialog.focus();
    if (!this.#dialog.firstChild) this.#show(h("p", { class: "message" }, this.#strings.loading));
    await this.#start();
    this.#focus();
  }

  close() {
    this.#dialog.hidden = true;
  }

  /** Connect without being opened, if somebody is still signed in. */
  async resume() {
    const session = await this.#load();
    if (session.auth.user) await this.#start();
    else this.#widget.remember(false);
  }

  async end() {
    this.#dialog.remove();
    await (await this.#session)?.end();
  }

  #load() {
    this.#session ??= Session.load(this.#widget);
    return this.#session;
  }

  async #start() {
    this.#started ??= this.#begin();
    try {
      await this.#started;
    } catch (error) {
      this.#started = this.#session = null;
      this.#widget.dispatchEvent(new CustomEvent("parley-error", { detail: { error }, bubbles: true, composed: true }));
      this.#show(h("p", { class: "message", role: "alert" }, this.#strings.problem),
        h("button", { class: "primary again", type: "button", onclick: () => void this.open() }, this.#strings.retry));
    }
  }

  async #begin() {
    const session = await this.#load();
    if (!session.auth.user) {
      this.#signIn(session);
      return;
    }
    this.#widget.remember(true);
    const client = await session.client();
    client.on("*", (event) => {
      if (event.type === "signedOut") void this.#signOut(session);
    });
    this.#with = this.#widget.getAttribute("with") ?? (await this.#provider(client));
    this.#count(client);
    if (this.#with) this.#show(this.#conversation(client, { with: this.#with }));
    else if (this.#widget.hasAttribute("category")) this.#show(h("p", { class: "message" }, this.#strings.nobody));
    else this.#inbox(client);
  }

  /** The first provider of the category that the page names. @param {Client} client */
  async #provider(client) {
    const category = this.#widget.getAttribute("category");
    const http = category && rest(client);
    if (!http) return "";
    for await (const { user } of http.listProviders(category)) if (user !== client.user) return user;
    return "";
  }

  /** @param {Session} session */
  #signIn(session) {
    const form = h("parley-sign-in");
    form.auth = session.auth;
    form.strings = this.#strings;
    this.#theme(form);
    form.addEventListener("signed-in", () => {
      this.#started = null;
      void this.open();
    });
    this.#show(h("p", { class: "welcome", dir: "auto" }, this.#widget.getAttribute("welcome") ?? this.#strings.welcome), form);
  }

  /** @param {Session} session */
  async #signOut(session) {
    this.#widget.remember(false);
    this.#widget.unread = 0;
    await session.signOut();
    this.#started = null;
    if (this.#dialog.hidden) this.#dialog.replaceChildren();
    else await this.open();
  }

  /** @param {Client} client */
  #inbox(client) {
    const inbox = h("parley-inbox");
    inbox.client = client;
    inbox.strings = this.#strings;
    this.#theme(inbox);
    inbox.addEventListener("select", (event) => {
      const { conversation } = /** @type {CustomEvent} */ (event).detail;
      const back = h("button", { class: "round", type: "button", slot: "start", "aria-label": this.#strings.back, onclick: () => {
        this.#inbox(client);
        this.#focus();
      } }, icon("back"));
      this.#show(this.#conversation(client, { conversation }, back));
      this.#focus();
    });
    this.#show(inbox);
  }

  /** @param {Client} client @param {{ with?: string, conversation?: string }} where @param {Node} [back] */
  #conversation(client, where, back) {
    const view = h("parley-conversation", { ...where }, back, ...this.#buttons(true, "end"));
    view.client = client;
    view.strings = this.#strings;
    this.#theme(view);
    return view;
  }

  /** @param {HTMLElement} element */
  #theme(element) {
    const name = this.#widget.getAttribute("theme");
    if (name) element.setAttribute("theme", name);
  }

  /** @param {boolean} signedIn @param {string} [slot] */
  #buttons(signedIn, slot) {
    const { signOut, closeChat } = this.#strings;
    const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { class: "round", type: "button", slot, "aria-label": label, title: label, onclick }, icon(name));
    return [signedIn && button("leave", signOut, () => void this.#load().then((session) => this.#signOut(session))),
      button("close", closeChat, () => this.#widget.close())].filter((node) => node !== false);
  }

  /** @param {...Node} content a conversation brings a header of its own */
  #show(...content) {
    const own = content[0] instanceof Element && content[0].localName === "parley-conversation";
    const inside = content[0] instanceof Element && content[0].localName === "parley-inbox";
    const head = own ? [] : [h("div", { class: "head" },
      h("h2", { dir: "auto" }, this.#widget.getAttribute("heading") ?? this.#strings.chat), ...this.#buttons(inside))];
    this.#dialog.replaceChildren(...head, ...content);
  }

  #focus() {
    if (this.#dialog.hidden) return;
    const target = /** @type {HTMLElement | null} */ (this.#dialog.querySelector("parley-conversation, parley-sign-in"));
    requestAnimationFrame(() => (target ?? this.#dialog).focus());
  }

  /** Keep the bubble's number right. @param {Client} client */
  #count(client) {
    const only = this.#with && direct(client.user, this.#with);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const count = async () => {
      timer = undefined;
      const held = await client.conversations();
      this.#widget.unread = held.filter(({ id }) => !only || id === only).reduce((sum, { unread }) => sum + unread, 0);
    };
    const soon = () => (timer ??= setTimeout(() => void count(), PAUSE));
    client.on("*", ({ type }) => {
      if (type !== "typing" && type !== "state") soon();
    });
    this.#dialog.addEventListener("parley-read", soon);
    void count();
  }
}
