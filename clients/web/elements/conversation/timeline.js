/** The scrolling list. It keeps its place: at the end while somebody reads there, and otherwise where they are. */

import { arrange, h, icon } from "../dom.js";
import { advance, draw, signature } from "./bubble.js";

/** @typedef {import("./layout.js").Line} Line */
/** @typedef {import("./bubble.js").Host} Host */
/** @typedef {{ line: Line, signature: string, node: HTMLElement }} Row */

/** Closer to the end than this (px) is at the end. */
const NEAR = 48;
/** Closer to the top or the end of what is shown than this (px) wants more. */
const EARLY = 900;

export class Timeline {
  #host;
  #events;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #pinned = true;
  #visible = false;
  /** Whether the lines reach to the newest message. */
  #whole = true;
  #missed = 0;
  #top = 0;
  #observer;

  /**
   * @param {Host} host
   * @param {{ older(): void, newer(): void, end(): void, moved(): void, left(): void, appeared(): void }} events `older`, `newer`: the top or the end
   *   of the lines is near; `end`: the newest message is wanted; `moved`: something else can be seen; `left`: the older messages
   *   are out of sight; `appeared`: what was hidden is now visible
   */
  constructor(host, events) {
    const { strings } = host;
    this.#host = host;
    this.#events = events;
    this.list = h("div", { class: "list", part: "list" });
    this.typing = h("div", { class: "row other first last typing", hidden: true, part: "typing" },
      h("div", { class: "bubble" }, h("span", { class: "sr" }, strings.typing), h("i"), h("i"), h("i")));
    this.scroller = h("div", { class: "scroller", tabindex: 0, role: "log", "aria-live": "off", "aria-label": strings.messages, part: "scroller",
      onscroll: () => this.#scrolled() }, h("div", { class: "content" }, this.list, this.typing));
    this.pill = h("button", { class: "pill", type: "button", hidden: true, part: "pill", "aria-label": strings.jump,
      onclick: () => events.end() }, h("span"), icon("down"));
    this.#observer = new ResizeObserver(() => {
      const hidden = !this.#visible;
      this.#visible = this.scroller.clientHeight > 0;
      if (hidden && this.#visible) events.appeared();
      this.#settle();
    });
    this.#observer.observe(/** @type {Element} */ (this.scroller.firstElementChild));
    this.#observer.observe(this.scroller);
  }

  close() {
    this.#observer.disconnect();
  }

  /** Whether there is room for anything: an element may be filled while its surroundings are hidden. */
  get visible() {
    return this.#visible;
  }

  /** Whether the newest message can be seen. */
  get pinned() {
    return this.#pinned;
  }

  /**
   * Show these lines, changing no more of the page than differs.
   *
   * @param {Line[]} lines
   * @param {boolean} whole whether they reach to the newest message
   */
  show(lines, whole) {
    this.#whole = whole;
    if (!whole) this.#pinned = false;
    const anchor = this.#pinned ? null : this.#anchor();
    const wanted = new Set(lines.map((line) => line.key));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
    arrange(this.list, lines.map((line) => this.#row(line)));
    const kept = anchor && this.#rows.get(anchor.key)?.node;
    if (kept) {
      const moved = kept.getBoundingClientRect().top - anchor.top;
      if (moved) this.scroller.scrollTop += moved;
    }
    this.#settle();
    // A tall window may show more than a page.
    if (this.#visible && this.scroller.scrollTop < EARLY) this.#events.older();
  }

  /** @param {Line} line */
  #row(line) {
    const held = this.#rows.get(line.key);
    const now = signature(line, this.#host);
    if (held && held.signature === now) {
      held.line = line;
      if (line.type === "upload") advance(held.node, line.upload, this.#host);
      return held.node;
    }
    const node = draw(line, this.#host);
    if (held) {
      // A photo that is there stays, or it would flicker at every tick.
      const [before, after] = [held.node.querySelector(".media"), node.querySelector(".media")];
      if (before && after && held.line.type === line.type) after.replaceWith(before);
      const focused = held.node.contains(/** @type {ShadowRoot} */ (this.list.getRootNode()).activeElement);
      held.node.replaceWith(node);
      if (focused) this.scroller.focus({ preventScroll: true });
    }
    this.#rows.set(line.key, { line, signature: now, node });
    return node;
  }

  /** The first message that can be seen, and where. It may be drawn again. The line of a day is no anchor: it moves up with the first message of its day. */
  #anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    const rows = this.list.children;
    /** @type {Element | null} */
    let found = rows[search(rows.length, (i) => rows[i].getBoundingClientRect().bottom > top)] ?? null;
    while (found && !found.classList.contains("row")) found = found.nextElementSibling;
    for (const [key, { node }] of this.#rows) if (node === found) return { key, top: node.getBoundingClientRect().top };
    return null;
  }

  /** The seq of the newest message that can be seen whole, or 0. */
  seen() {
    const end = this.scroller.getBoundingClientRect().bottom + 4;
    const rows = this.list.children;
    for (let i = search(rows.length, (at) => rows[at].getBoundingClientRect().bottom > end) - 1; i >= 0; i--) {
      const line = this.#lineOf(rows[i]);
      if (line?.type === "message" && line.message.seq) return line.message.seq;
    }
    return 0;
  }

  /** @param {Element} node */
  #lineOf(node) {
    for (const row of this.#rows.values()) if (row.node === node) return row.line;
    return null;
  }

  /** Show the first of the new ones, with a little of what was before. */
  toUnread() {
    const line = this.#rows.get("unread")?.node;
    if (!line) return;
    this.#pinned = false;
    // scrollIntoView would scroll the page around the element, too.
    this.scroller.scrollTop += line.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - 60;
    this.#scrolled();
  }

  toEnd() {
    this.#pinned = true;
    this.#settle();
    this.#scrolled();
  }

  /** @param {number} count so many have come that cannot be seen */
  missed(count) {
    this.#missed = this.#pinned ? 0 : this.#missed + count;
    this.#tell();
  }

  #settle() {
    if (this.#pinned) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Only scrolling up leaves the end; that there is more below does not.
    const below = scrollHeight - scrollTop - clientHeight;
    const pinned = this.#whole && (below < NEAR || (this.#pinned && scrollTop >= this.#top));
    this.#top = scrollTop;
    if (pinned && !this.#pinned) this.#events.left();
    this.#pinned = pinned;
    if (pinned) this.#missed = 0;
    if (scrollTop < EARLY) this.#events.older();
    if (below < EARLY && !this.#whole) this.#events.newer();
    this.#tell();
    this.#events.moved();
  }

  #tell() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const far = !this.#whole || scrollHeight - scrollTop - clientHeight > clientHeight;
    this.pill.hidden = this.#pinned || !(far || this.#missed);
    const label = /** @type {HTMLElement} */ (this.pill.firstElementChild);
    label.textContent = this.#missed ? this.#host.strings.unread(this.#missed) : "";
    label.hidden = !this.#missed;
  }
}

/**
 * The first index for which something is so that stays so.
 *
 * @param {number} length
 * @param {(index: number) => boolean} is
 */
function search(length, is) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
