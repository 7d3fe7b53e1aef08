/**
 * `<parley-widget>`: a chat bubble on any page. One script tag puts it there, and its data attributes are the element's:
 *
 *   <script type="module" src="https://example.com/elements/widget.js" data-with="<user id>"></script>
 *
 * Only this file is loaded with the page. All else comes when the bubble is opened, or when somebody who has signed in here
 * before returns, so that the bubble can tell of new messages.
 */

const CSS = `
:host { --_accent: var(--parley-accent, light-dark(#0b7a6b, #2fb8a3)); --_accent-text: var(--parley-accent-text, light-dark(#fff, #04211d));
  color-scheme: light dark; background: none; position: fixed; z-index: 2147483000; inset-block-end: max(20px, env(safe-area-inset-bottom));
  inset-inline-end: 20px; font: 400 15px/1.4 var(--parley-font, system-ui, sans-serif); }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([side="start"]) { inset-inline: 20px auto; }
:host([hidden]), [hidden] { display: none !important; }
.bubble { position: relative; inline-size: 60px; block-size: 60px; border: 0; border-radius: 50%; padding: 0; display: grid; place-items: center;
  cursor: pointer; background: var(--_accent); color: var(--_accent-text); box-shadow: 0 4px 18px rgb(0 0 0 / .24); transition: transform .15s; }
.bubble:hover { transform: scale(1.05); }
.bubble:focus-visible { outline: 3px solid light-dark(#fff, #000); box-shadow: 0 0 0 6px var(--_accent); }
.bubble[aria-busy="true"] svg { animation: wait .9s infinite alternate; }
@keyframes wait { to { opacity: .35; } }
svg { inline-size: 28px; block-size: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.count { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-inline-size: 23px; padding-inline: 6px; line-height: 23px;
  border-radius: 12px; background: #c62828; color: #fff; font-size: 12px; font-weight: 700; text-align: center; }
@media (prefers-reduced-motion: reduce) { .bubble, svg { transition: none; animation: none !important; } }
@media (forced-colors: active) { .bubble { border: 1px solid; } }
`;
const CHAT = "M20 11.5a7.5 7.5 0 0 1-11.2 6.5L4.5 19.5 6 15.3A7.5 7.5 0 1 1 20 11.5Z";
const CLOSE = "M6 9l6 6 6-6";
const SVG = "http://www.w3.org/2000/svg";
/** Set while somebody is signed in here. */
const FLAG = "parley.widget";

/** @typedef {import("./widget/panel.js").Panel} Panel */

export class ParleyWidget extends HTMLElement {
  /** @type {Promise<Panel> | null} */
  #panel = null;
  #button = document.createElement("button");
  #count = document.createElement("span");
  #path = document.createElementNS(SVG, "path");
  #unread = 0;
  #open = false;

  /** @type {Partial<import("./types.js").Strings>} replaces words, such as `{ chat: "Chatten", openChat: "Chat öffnen" }` */
  strings = {};

  constructor() {
    super();
    this.root = this.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(CSS);
    this.root.adoptedStyleSheets = [style];
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(this.#path);
    this.#count.className = "count";
    this.#button.type = "button";
    this.#button.className = "bubble";
    this.#button.setAttribute("part", "bubble");
    this.#button.setAttribute("aria-haspopup", "dialog");
    this.#button.append(svg, this.#count);
    this.#button.addEventListener("click", () => void (this.#open ? this.close() : this.open()));
    this.root.append(this.#button);
  }

  connectedCallback() {
    const accent = this.getAttribute("accent");
    if (accent) this.style.setProperty("--parley-accent", accent);
    this.#show();
    if (this.#returning()) (globalThis.requestIdleCallback ?? setTimeout)(() => void this.#load().then((panel) => panel.resume(), () => {}));
  }

  disconnectedCallback() {
    void this.#panel?.then((panel) => panel.end());
    this.#panel = null;
    this.#open = false;
  }

  /** How many messages are unread. */
  get unread() {
    return this.#unread;
  }

  set unread(count) {
    this.#unread = count;
    this.#show();
  }

  /** Remember, for the next page, that somebody has signed in here, or has signed out. @param {boolean} signedIn */
  remember(signedIn) {
    try {
      if (signedIn) localStorage.setItem(FLAG, "1");
      else localStorage.removeItem(FLAG);
    } catch {
      // A page may not be allowed to store anything.
    }
  }

  #returning() {
    try {
      return localStorage.getItem(FLAG) !== null;
    } catch {
      return false;
    }
  }

  async open() {
    if (this.#open) return;
    this.#open = true;
    this.#button.setAttribute("aria-busy", "true");
    this.#show();
    try {
      const panel = await this.#load();
      if (this.#open) await panel.open();
    } catch (error) {
      this.#open = false;
      this.#panel = null;
      this.dispatchEvent(new CustomEvent("parley-error", { detail: { error }, bubbles: true, composed: true }));
    } finally {
      this.#button.removeAttribute("aria-busy");
      this.#show();
    }
  }

  close() {
    this.#open = false;
    void this.#panel?.then((panel) => panel.close());
    this.#show();
    this.#button.focus();
  }

  #load() {
    this.#panel ??= import("./widget/panel.js").then(({ Panel }) => new Panel(this));
    return this.#panel;
  }

  #show() {
    const { openChat = "Open chat", closeChat = "Close chat", unread } = this.strings;
    const count = this.#open ? 0 : this.#unread;
    this.#path.setAttribute("d", this.#open ? CLOSE : CHAT);
    this.#count.hidden = !count;
    this.#count.textContent = count > 99 ? "99+" : String(count);
    const more = count ? `, ${unread ? unread(count) : `${count} unread`}` : "";
    this.#button.setAttribute("aria-label", this.#open ? closeChat : openChat + more);
    this.#button.setAttribute("aria-expanded", String(this.#open));
  }
}

if (!customElements.get("parley-widget")) customElements.define("parley-widget", ParleyWidget);

/** The tag that has loaded this file, unless somebody has placed the element by hand. */
const script = [...document.querySelectorAll("script")].find(({ src }) => src === import.meta.url);
if (script && !document.querySelector("parley-widget")) {
  const widget = document.createElement("parley-widget");
  for (const [name, value] of Object.entries(script.dataset)) widget.setAttribute(name, value ?? "");
  document.body.append(widget);
}
