/** `<parley-conversation>`: the messages with one user, and a place to write. */

import { h, icon } from "../dom.js";
import { listen, ParleyElement, rest } from "../element.js";
import { direct, others } from "../ids.js";
import { people } from "../people.js";
import { Attachments } from "./attachments.js";
import { Composer } from "./composer.js";
import { Header } from "./header.js";
import { History, lastSeq, PAGE } from "./history.js";
import { layout } from "./layout.js";
import { style } from "./style.js";
import { Timeline } from "./timeline.js";
import { uploads } from "./uploads.js";

/** @typedef {import("../types.js").Client} Client */

/** How long (ms) there may be no connection before it is said. */
const PATIENCE = 1_500;
/** How many messages are on the page at once; the others are in memory, or on the device. */
const SHOWN = 300;

export class ParleyConversation extends ParleyElement {
  static observedAttributes = ["with", "conversation"];
  /** @override */
  static styles = [style];
  /** @override */
  static properties = ["client", "strings", "with", "conversation", "archived"];

  /** @type {Map<string, string>} what was written and not sent, by conversation */
  #drafts = new Map();
  /** @type {Composer | null} */
  #composer = null;
  /** @type {View | null} */
  #view = null;

  /** The user with whom this conversation is. */
  get with() {
    return this.getAttribute("with") ?? "";
  }

  set with(user) {
    this.removeAttribute("conversation");
    this.setAttribute("with", user);
  }

  /** The conversation's id; it can be given in place of `with`. */
  get conversation() {
    return this.getAttribute("conversation") ?? (this.client && this.with ? direct(this.client.user, this.with) : "");
  }

  set conversation(id) {
    this.removeAttribute("with");
    this.setAttribute("conversation", id);
  }

  /** Whether it is archived, which is said above the messages. */
  get archived() {
    return this.hasAttribute("archived");
  }

  set archived(archived) {
    this.toggleAttribute("archived", archived);
    this.#view?.banners();
  }

  /** Where one writes. @override */
  focus() {
    this.#composer?.input.focus();
  }

  /** @override @param {AbortSignal} signal */
  start(signal) {
    const { client } = this;
    const id = client && this.conversation;
    if (!client || !id) {
      this.root.replaceChildren(this.note(this.strings.nothing, "", icon("chat")));
      return;
    }
    const composer = new Composer(this.strings, {
      send: (text, files) => this.#view?.send(text, files),
      typing: () => {
        if (!signal.aborted) client.typing(id);
      },
    });
    this.#composer = composer;
    const view = new View(this, client, id, composer, signal);
    this.#view = view;
    composer.text = this.#drafts.get(id) ?? "";
    signal.addEventListener("abort", () => {
      this.#drafts.set(id, composer.text);
      view.close();
    });
    void view.open();
  }
}

/** One conversation, while it is shown. */
class View {
  #element;
  #client;
  #id;
  #other;
  #composer;
  #signal;
  #history;
  #timeline;
  #header;
  #uploads;
  #attachments;
  #people;
  /** @type {{ after: number, count: number } | null} */
  #unread = null;
  /** How many of the newest messages are not on the page, because somebody reads far above them. */
  #below = 0;
  #marked = 0;
  #seen = 0;
  #offline = false;
  #ready = false;
  /** Whether the list is where somebody begins to read. */
  #placed = false;
  #drawing = false;
  #loading = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typingEnds;

  /**
   * @param {ParleyConversation} element
   * @param {Client} client
   * @param {string} id
   * @param {Composer} composer
   * @param {AbortSignal} signal
   */
  constructor(element, client, id, composer, signal) {
    const { strings, dates, root } = element;
    this.#element = element;
    this.#client = client;
    this.#id = id;
    this.#other = others(id, client.user);
    this.#composer = composer;
    this.#signal = signal;
    this.#people = people(client);
    const name = element.getAttribute("name");
    if (name && this.#other) this.#people.introduce(this.#other, name);
    this.#history = new History(client, id);
    this.#uploads = uploads(client, id);
    this.#attachments = new Attachments(client, strings, root);
    this.#header = new Header(client, strings, dates);
    const failed = (/** @type {unknown} */ error) => void element.emit("parley-error", { error });
    this.#timeline = new Timeline(
      { strings, dates, rtl: getComputedStyle(element).direction === "rtl", attachments: this.#attachments,
        name: (user) => this.#people.name(user, strings.unknown),
        resend: (message) => void client.resend(message).catch(failed), dismiss: (message) => void client.dismiss(message).catch(failed),
        retry: (upload) => this.#uploads.retry(upload), cancel: (upload) => this.#uploads.cancel(upload) },
      { older: () => void this.#older(), newer: () => this.#move(-PAGE), end: () => this.#toEnd(), moved: () => this.#mark(), appeared: () => {
        if (this.#ready) this.#place();
      }, left: () => {
        if (this.#history.trim()) this.draw();
      } },
    );
    this.banner = h("div", { class: "banner", role: "status", part: "banner", hidden: true });
    this.news = h("div", { class: "sr", "aria-live": "polite" });
    this.empty = h("div", { class: "empty", hidden: true });
  }

  async open() {
    const { root, strings } = this.#element;
    const drop = h("div", { class: "drop", hidden: true }, h("span", {}, strings.drop));
    const body = h("div", { class: "body" }, this.#timeline.scroller, this.empty, this.#timeline.pill);
    root.replaceChildren(this.#header.element, this.banner, body, this.#composer.element, drop, this.news);
    this.#dropping(drop);
    listen(this.#client, this.#signal, (event) => this.#heard(event));
    this.#uploads.addEventListener("change", () => this.draw(), { signal: this.#signal });
    this.#people.addEventListener("change", () => {
      this.#person();
      if (this.#ready) this.draw(); // a screen reader is told who wrote
    }, { signal: this.#signal });
    for (const type of ["focus", "visibilitychange"]) {
      (type === "focus" ? window : document).addEventListener(type, () => this.#mark(), { signal: this.#signal });
    }
    this.#people.follow(this.#signal, () => (this.#other ? [this.#other] : []));
    this.#person();
    this.banners();
    await this.#first();
  }

  close() {
    clearTimeout(this.#typingEnds);
    this.#timeline.close();
    this.#attachments.close();
  }

  async #first() {
    try {
      const held = await this.#client.conversations();
      await this.#history.refresh();
      if (this.#signal.aborted) return;
      this.empty.replaceChildren();
      const known = held.find(({ id }) => id === this.#id);
      if (known) this.#people.met(this.#other);
      const count = known?.unread ?? 0;
      const after = count ? this.#history.messages.filter((m) => !m.mine && m.seq).slice(-count)[0]?.seq : 0;
      if (after) this.#unread = { after: after - 1, count };
    } catch (error) {
      this.#broken(error);
      return;
    }
    this.#render();
    this.#seen = lastSeq(this.#history.messages);
    this.#ready = true;
    if (this.#timeline.visible) this.#place();
  }

  /** Go to what is new; or to the end, if that has been shown before. */
  #place() {
    const first = !this.#placed;
    this.#placed = true;
    if (first && this.#unread) this.#timeline.toUnread();
    else this.#toEnd();
  }

  /** @param {string} text @param {File[]} files */
  send(text, files) {
    this.#unread = null;
    if (files.length) this.#uploads.add(text, files);
    else {
      this.#client.send(this.#id, { text }).catch((error) => {
        this.#composer.text = text;
        this.#composer.warning.textContent = this.#element.strings.failed(error.code ?? "", error.message);
      });
    }
    this.#toEnd();
  }

  #toEnd() {
    this.#below = 0;
    this.#render();
    this.#timeline.toEnd();
  }

  /** Show what is further up, or with a negative number further down. @param {number} count */
  #move(count) {
    const most = Math.max(0, this.#history.messages.length - SHOWN);
    this.#below = Math.min(most, Math.max(0, this.#below + count));
    this.#render();
  }

  /** @param {any} event */
  #heard(event) {
    const here = (event.conversation ?? event.entry?.conversation) === this.#id;
    switch (event.type) {
      case "state":
        // Most connections are back before anybody needs to know.
        setTimeout(() => this.banners(), event.state === "waiting" ? PATIENCE : 0);
        return;
      case "news":
        return this.#news(event.frame);
      case "typing":
        if (here && event.user !== this.#client.user) this.#typing(event.typing);
        return;
      case "received":
        if (here && event.entry.sender !== this.#client.user) this.#typing(false);
        break;
      case "rewound":
        if (here) {
          this.#history.rewind();
          this.#below = 0;
        }
    }
    if (here || event.type === "refresh") void this.#reload();
  }

  /** @param {any} frame */
  #news(frame) {
    if (frame.type === "media") this.#attachments.reload(frame.media);
    if (frame.type === "conversation" && frame.conversation === this.#id) this.#element.archived = !!frame.archived;
  }

  async #reload() {
    const before = this.#history.messages.length;
    try {
      if (!(await this.#history.refresh())) return;
      if (this.#below) this.#below += Math.max(0, this.#history.messages.length - before);
      this.draw();
    } catch (error) {
      this.#broken(error);
    }
  }

  async #older() {
    if (this.#loading) return;
    const { length } = this.#history.messages;
    if (length - this.#below > SHOWN) return this.#move(PAGE);
    if (this.#history.complete || !length) return; // before the first page is there, nothing is older
    this.#loading = true;
    try {
      await this.#history.older();
    } catch (error) {
      this.#loading = false;
      return this.#broken(error);
    }
    this.#loading = false;
    if (!this.#signal.aborted) this.#move(Math.max(0, this.#history.messages.length - length - Math.max(0, SHOWN - length)));
  }

  /** Show what there is now, at most once a frame. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    const now = () => {
      this.#drawing = false;
      if (!this.#signal.aborted) this.#render();
    };
    // A page that nobody sees has no frames.
    if (document.visibilityState === "visible") requestAnimationFrame(now);
    else setTimeout(now, 50);
  }

  #render() {
    const { messages } = this.#history;
    const named = !this.#other;
    const end = messages.length - this.#below;
    const shown = messages.slice(Math.max(0, end - SHOWN), end);
    const sending = this.#below ? [] : this.#uploads.list;
    this.#timeline.show(layout(shown, sending, { named, unread: this.#unread, now: Date.now() }), !this.#below);
    const bare = !messages.length && !this.#uploads.list.length;
    this.empty.hidden = !bare;
    if (!bare) this.empty.replaceChildren();
    else this.empty.replaceChildren(this.#element.note(this.#element.strings.empty, this.#element.strings.emptyHint, icon("chat")));
    this.#announce();
    this.#mark();
  }

  /** Say to a screen reader what others have written since it was last shown. */
  #announce() {
    const fresh = this.#history.messages.filter((m) => !m.mine && (m.seq ?? 0) > this.#seen);
    if (!this.#seen || !fresh.length) {
      this.#seen ||= lastSeq(this.#history.messages);
      return;
    }
    this.#seen = lastSeq(this.#history.messages);
    this.#timeline.missed(fresh.length);
    const { strings } = this.#element;
    this.news.replaceChildren(...fresh.slice(-3).map(({ sender, text, media }) =>
      h("p", {}, `${this.#people.name(sender, strings.unknown)}: ${text || (media.length ? strings.photo : "")}`)));
  }

  /** What can be seen has been read, if the page can be seen and is in use. */
  #mark() {
    if (!this.#placed || document.visibilityState !== "visible" || !document.hasFocus() || !this.#element.checkVisibility()) return;
    const seq = this.#timeline.pinned ? lastSeq(this.#history.messages) : this.#timeline.seen();
    if (seq <= this.#marked) return;
    this.#marked = seq;
    const element = this.#element;
    this.#client.markRead(this.#id, seq).then(
      () => element.emit("parley-read", { conversation: this.#id, seq }),
      (error) => element.emit("parley-error", { error }),
    );
  }

  /** @param {boolean} typing */
  #typing(typing) {
    clearTimeout(this.#typingEnds);
    // The client says when it ends; this is for a client that has stopped meanwhile.
    if (typing) this.#typingEnds = setTimeout(() => this.#typing(false), 15_000);
    this.#timeline.typing.hidden = !typing;
    this.#header.typing(typing);
  }

  #person() {
    const { strings } = this.#element;
    if (this.#other) this.#header.show(this.#people.get(this.#other), this.#people.name(this.#other, strings.unknown));
    else {
      const name = this.#element.getAttribute("label") ?? strings.messages;
      this.#header.show({ user: this.#id, name, photo: "" }, name);
    }
  }

  banners() {
    const { strings, archived } = this.#element;
    const { state } = this.#client;
    const { banner } = this;
    // While it connects again, what was said before still holds.
    if (state !== "connecting") this.#offline = state === "waiting" || state === "stopped";
    const text = this.#offline ? strings.offline : archived ? strings.archived : "";
    if (banner.dataset.text === text) return;
    banner.dataset.text = text;
    banner.hidden = !text;
    banner.classList.toggle("offline", text === strings.offline);
    banner.replaceChildren(h("span", {}, text));
    if (text === strings.archived && rest(this.#client)) {
      banner.append(" ", h("button", { class: "link", type: "button", onclick: () => void this.#unarchive() }, strings.unarchive));
    }
  }

  async #unarchive() {
    try {
      await rest(this.#client)?.changeConversation(this.#id, { archived: false });
      this.#element.archived = false;
    } catch (error) {
      this.#element.emit("parley-error", { error });
    }
  }

  /** @param {unknown} error */
  #broken(error) {
    if (this.#signal.aborted) return;
    const { strings } = this.#element;
    this.#element.emit("parley-error", { error });
    this.empty.hidden = false;
    this.empty.replaceChildren(this.#element.note(strings.broken, "", icon("alert")),
      h("button", { class: "primary", type: "button", onclick: () => void this.#first() }, strings.retry));
  }

  /** Files can be dropped anywhere. @param {HTMLElement} cover */
  #dropping(cover) {
    const { root } = this.#element;
    const signal = this.#signal;
    let depth = 0;
    const carries = (/** @type {DragEvent} */ event) => !!event.dataTransfer?.types.includes("Files");
    /** @type {[string, (event: DragEvent) => void][]} */
    const handlers = [
      ["dragenter", () => (cover.hidden = ++depth < 1)],
      ["dragleave", () => (cover.hidden = --depth < 1)],
      ["dragover", () => {}],
      ["drop", (event) => {
        depth = 0;
        cover.hidden = true;
        this.#composer.add([...(event.dataTransfer?.files ?? [])]);
      }],
    ];
    for (const [type, handler] of handlers) {
      root.addEventListener(type, (event) => {
        if (!carries(/** @type {DragEvent} */ (event))) return;
        event.preventDefault();
        handler(/** @type {DragEvent} */ (event));
      }, { signal });
    }
  }
}
