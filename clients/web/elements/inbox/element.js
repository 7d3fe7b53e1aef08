/** `<parley-inbox>`: the user's conversations, to choose from. */

import { arrange, h, icon } from "../dom.js";
import { listen, ParleyElement } from "../element.js";
import { others } from "../ids.js";
import { avatar, people } from "../people.js";
import { rows } from "./rows.js";
import { style } from "./style.js";

/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("./rows.js").Row} Row */

/** How long (ms) to wait for more events before reading again. */
const PAUSE = 80;
/** The same for asking the server. */
const SERVER_PAUSE = 1_000;

export class ParleyInbox extends ParleyElement {
  static observedAttributes = ["archived", "selected"];
  /** @override */
  static styles = [style];
  /** @override */
  static properties = ["client", "strings", "selected", "archived"];

  /** @type {Map<string, { node: HTMLElement, signature: string }>} */
  #drawn = new Map();
  /** @type {Row[]} */
  #rows = [];
  /** @type {import("../types.js").InboxRow[]} */
  #listed = [];
  #list = h("div");
  #focused = "";

  /** The conversation that is open, by id. */
  get selected() {
    return this.getAttribute("selected") ?? "";
  }

  set selected(id) {
    this.setAttribute("selected", id);
  }

  /** Whether the archived conversations are listed, in place of the others. */
  get archived() {
    return this.hasAttribute("archived");
  }

  set archived(archived) {
    this.toggleAttribute("archived", archived);
  }

  /** @override @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (name === "selected") this.#choose();
    else super.attributeChangedCallback(name, before, now);
  }

  /** @override @param {AbortSignal} signal */
  start(signal) {
    const { client, strings } = this;
    this.#drawn.clear();
    this.#rows = [];
    this.#listed = [];
    this.#list = h("div", { class: "list", role: "listbox", "aria-label": strings.conversations, part: "list",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) });
    this.root.replaceChildren(this.#list);
    if (!client) return;
    const local = later(PAUSE, signal, () => void this.#read(client, signal));
    const server = later(SERVER_PAUSE, signal, () => void this.#ask(client, signal));
    listen(client, signal, (event) => {
      if (event.type === "state" ? event.state === "live" : event.type === "news" && event.frame.type === "conversation") server();
      else if (!["typing", "state", "news", "leading"].includes(event.type)) {
        const id = event.conversation ?? event.entry?.conversation;
        if (id && !this.#listed.some(({ conversation }) => conversation === id)) server();
        local();
      }
    });
    people(client).addEventListener("change", local, { signal });
    document.addEventListener("parley-read", local, { signal });
    people(client).follow(signal, () => this.#rows.map(({ user }) => user).filter(Boolean));
    void this.#read(client, signal).then(() => this.#ask(client, signal));
  }

  /** @param {Client} client @param {AbortSignal} signal */
  async #ask(client, signal) {
    try {
      const listed = await client.inbox(this.archived ? { archived: true } : {});
      if (signal.aborted) return;
      this.#listed = listed;
      for (const { other } of listed) if (other.name) people(client).learn(other);
      await this.#read(client, signal);
    } catch (error) {
      // What the device holds is shown; the next connection asks again.
      if (!signal.aborted) this.emit("parley-error", { error });
    }
  }

  /** @param {Client} client @param {AbortSignal} signal */
  async #read(client, signal) {
    const held = await client.conversations().catch((error) => {
      this.emit("parley-error", { error });
      return null;
    });
    if (signal.aborted || !held) return;
    this.#rows = rows(this.#listed, held, { me: client.user, other: (id) => others(id, client.user), media: this.strings.photo,
      now: Date.now(), only: this.archived });
    this.#render(client);
  }

  /** @param {Client} client */
  #render(client) {
    const list = this.#list;
    const wanted = new Set(this.#rows.map(({ conversation }) => conversation));
    for (const [id, { node }] of this.#drawn) {
      if (wanted.has(id)) continue;
      node.remove();
      this.#drawn.delete(id);
    }
    arrange(list, this.#rows.map((row) => this.#row(client, row)));
    if (!this.#rows.length) this.root.append(...this.#nothing());
    else this.root.querySelector(".note")?.remove();
    this.#choose();
  }

  #nothing() {
    return this.root.querySelector(".note") ? [] : [this.note(this.strings.inboxEmpty, "", icon("chat"))];
  }

  /** @param {Client} client @param {Row} row */
  #row(client, row) {
    const person = people(client).get(row.user);
    const when = row.at ? this.dates.brief(row.at) : "";
    const name = people(client).name(row.user, this.strings.unknown);
    const signature = [...Object.values(row), name, person.photo, person.online, when].join("\u0000");
    const held = this.#drawn.get(row.conversation);
    if (held?.signature === signature) return held.node;
    const node = this.#draw(client, row, { ...person, name }, when);
    if (held) {
      const focused = this.root.activeElement === held.node;
      held.node.replaceWith(node);
      if (focused) requestAnimationFrame(() => node.focus());
    }
    this.#drawn.set(row.conversation, { node, signature });
    return node;
  }

  /** @param {Client} client @param {Row} row @param {import("../types.js").Person} person @param {string} when */
  #draw(client, row, person, when) {
    const { strings } = this;
    const text = row.text.replace(/\s+/g, " ");
    return h("div", { class: `row ${row.unread ? "unread" : ""} ${row.muted ? "quiet" : ""}`, role: "option", tabindex: -1, "data-id": row.conversation, part: "row",
      onclick: () => this.#select(row, person.name) },
      avatar(client, person),
      h("div", { class: "words" },
        h("div", { class: "top" }, h("bdi", { class: "name" }, person.name),
          person.online && h("span", { class: "sr" }, `, ${strings.online}`),
          row.muted && mark("muted", strings.muted), row.pinned && mark("pin", strings.pinned),
          when && h("time", { datetime: new Date(row.at).toISOString() }, when)),
        h("div", { class: "bottom" }, h("span", { class: "preview" }, h("bdi", {}, row.mine && text ? strings.youSaid(text) : text)),
          row.unread > 0 && h("span", { class: row.muted ? "badge quiet" : "badge", part: "badge" },
            h("span", { "aria-hidden": "true" }, row.unread > 99 ? "99+" : String(row.unread)),
            h("span", { class: "sr" }, strings.unread(row.unread))))));
  }

  /** @param {Row} row @param {string} name */
  #select({ conversation, user }, name) {
    this.#focused = conversation;
    if (this.emit("select", { conversation, user, name })) this.selected = conversation;
  }

  /** Mark the open row, and let Tab lead to one row: the focused, else the open, else the first. */
  #choose() {
    const { selected } = this;
    const options = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const stop = [this.#focused, selected].find((id) => this.#drawn.has(id)) ?? this.#rows[0]?.conversation;
    for (const option of options) {
      option.setAttribute("aria-selected", String(option.dataset.id === selected));
      option.tabIndex = option.dataset.id === stop ? 0 : -1;
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const options = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const at = options.indexOf(/** @type {HTMLElement} */ (this.root.activeElement));
    if (event.key === "Enter" || event.key === " ") options[at]?.click();
    else {
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 }[event.key];
      const option = to === undefined ? null : options[Math.min(Math.max(to, 0), options.length - 1)];
      if (!option) return;
      this.#focused = option.dataset.id ?? "";
      this.#choose();
      option.focus();
    }
    event.preventDefault();
  }
}

/** @param {string} name @param {string} label */
const mark = (name, label) => h("span", { class: "mark", role: "img", "aria-label": label, title: label }, icon(name));

/**
 * Make one call for all that are asked for within a time.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {() => void} action
 */
function later(ms, signal, action) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!signal.aborted) action();
    }, ms);
  };
}
