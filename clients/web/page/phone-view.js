/** What a phone looks like: its screen, the buttons that disturb it, and the story under it. */

import "/elements/index.js";

import { people } from "/elements/people.js";
import { h, icon } from "./dom.js";
import { line } from "./story.js";

const TOLD = 6;
/** How long (ms) a banner is shown, and how long a name is waited for. */
const BANNER = 8000;
const NAMING = 2000;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/**
 * @typedef {import("./phone.js").Phone} Phone
 * @typedef {import("./phone.js").Push} Push
 * @typedef {import("/parley/index.js").ParleyClient} Client
 */

export class PhoneView {
  /** With whom the conversation on the screen is; "" for the inbox. */
  #where = "";
  #name = "";
  #phone;
  #clock = h("span", {}, CLOCK.format(Date.now()));
  #signal = h("span.signal");
  #app = h("div.app");
  #screen;
  #others = h("span.badge", { hidden: true });
  #controls = h("div.controls", { role: "group" });
  #story = h("div.story", { role: "log" });
  #lock = "";
  #banner = h("button.note", { type: "button", hidden: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #bannerEnds;

  /**
   * @param {Phone} phone
   * @param {string} label whose phone it is
   */
  constructor(phone, label) {
    this.#phone = phone;
    this.#screen = h("div.phone", {}, h("div.status", {}, this.#clock, this.#signal), this.#app, this.#banner);
    this.#controls.setAttribute("aria-label", `Disturb ${label}`);
    this.#story.setAttribute("aria-label", `What happens to ${label}`);
    this.element = h("section.post", { class: phone.name, "aria-label": label }, this.#screen, this.#controls, this.#story);
    this.element.addEventListener("select", (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      if (!detail?.user) return; // a text field has an event of that name, too
      event.preventDefault();
      this.show(detail.user);
    });
    phone.addEventListener("client", () => this.#draw());
    phone.addEventListener("change", () => this.#update());
    phone.addEventListener("line", (event) => this.#tell(/** @type {CustomEvent} */ (event).detail));
    phone.addEventListener("message", (event) => void this.#notice(/** @type {CustomEvent} */ (event).detail));
    setInterval(() => this.#tick(), 5000);
    this.#update();
  }

  /**
   * @param {string} where a user; empty for the inbox
   * @param {string} [name] what to call the user before there is a conversation
   */
  show(where, name = "") {
    this.#where = where;
    this.#name = name;
    this.#banner.hidden = true;
    this.#draw();
  }

  /**
   * Tells of a message whose conversation is not on the screen.
   *
   * @param {{ sender: string, body?: { text?: string } }} entry
   */
  async #notice({ sender, body }) {
    const { client } = this.#phone;
    if (!client || !this.#where || sender === this.#where) return;
    const name = await called(client, sender);
    const text = body?.text ?? "";
    this.#tell(line(`a message from ${name}, who is not on the screen`, "good"));
    if (client !== this.#phone.client || !this.#where || sender === this.#where) return;
    this.#banner.replaceChildren(h("strong", { dir: "auto" }, name), h("span", { dir: "auto" }, text || "New message"));
    this.#banner.onclick = () => this.show(sender);
    this.#banner.hidden = false;
    clearTimeout(this.#bannerEnds);
    this.#bannerEnds = setTimeout(() => (this.#banner.hidden = true), BANNER);
  }

  /** @param {HTMLElement} element something else than the app, such as a form */
  put(element) {
    this.#app.replaceChildren(element);
  }

  #draw() {
    const { client } = this.#phone;
    this.#lock = "";
    if (!client) {
      this.#banner.hidden = true;
      this.#update();
      return;
    }
    this.#app.replaceChildren(...(this.#where ? this.#conversation(client) : this.#inbox(client)));
    this.#update();
  }

  /** @param {Client} client */
  #conversation(client) {
    const back = h("button.back", { type: "button", slot: "start", "aria-label": "All conversations", onclick: () => this.show("") });
    back.append(icon("back"));
    this.#others = h("span.badge", { hidden: true });
    back.append(this.#others);
    const element = h("parley-conversation", { with: this.#where, name: this.#name }, back);
    return [Object.assign(element, { client })];
  }

  /** @param {Client} client */
  #inbox(client) {
    return [h("h3.heading", {}, "Chats"), Object.assign(h("parley-inbox"), { client })];
  }

  #update() {
    const { online, open, user } = this.#phone;
    this.#signal.classList.toggle("lost", !online);
    this.#signal.replaceChildren(icon(online ? "wifi" : "wifiOff"), online ? "" : "no network");
    this.#buttons(online, open, user !== "");
    if (user && !open) this.#drawLock();
    else void this.#countOthers();
  }

  /** On the way back: how many messages wait in the conversations that are not on the screen. */
  async #countOthers() {
    const { client } = this.#phone;
    const [badge, where] = [this.#others, this.#where];
    if (!client || !where) return;
    const held = await client.conversations();
    const count = held.filter(({ id }) => !id.includes(where))
      .reduce((sum, { unread }) => sum + unread, 0);
    badge.hidden = !count;
    badge.replaceChildren(String(count), h("span.sr", {}, " unread"));
  }

  /**
   * @param {boolean} online
   * @param {boolean} open
   * @param {boolean} known whether anybody is signed in
   */
  #buttons(online, open, known) {
    const phone = this.#phone;
    const key = `${online} ${open} ${known}`;
    if (this.#controls.dataset.shown === key) return;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.does;
    this.#controls.dataset.shown = key;
    /** @type {[string, string, Parameters<typeof icon>[0], boolean, () => unknown][]} */
    const all = [
      ["network", online ? "Cut network" : "Restore network", online ? "wifiOff" : "wifi", known,
        () => (online ? phone.cutNetwork() : phone.restoreNetwork())],
      ["app", open || !known ? "Kill app" : "Open app", open || !known ? "off" : "play", known, () => (open ? phone.kill() : phone.openApp())],
      ["token", "Expire token", "key", online && open, () => phone.expireToken()],
      ["lose", "Lose $disconnect", "ghost", online && open, () => phone.loseDisconnect()],
      ["double", "Double a frame", "copy", online && open, () => phone.doubleFrame()],
    ];
    this.#controls.replaceChildren(...all.map(([does, text, picture, enabled, act]) => {
      const pressed = does === "network" ? !online : does === "app" && known ? !open : null;
      return h("button.control", {
        type: "button", "data-does": does, disabled: !enabled, class: pressed ? "active" : "",
        onclick: () => void Promise.resolve(act()).catch((error) => this.#tell({ text: error.message, tone: "bad" })),
      }, icon(picture), text);
    }));
    const again = focused && /** @type {HTMLElement | null} */ (this.#controls.querySelector(`[data-does="${focused}"]`));
    if (again) again.focus();
  }

  #drawLock() {
    const { pushes, badge } = this.#phone;
    const key = JSON.stringify([pushes.map(({ id }) => id), badge]);
    if (key === this.#lock) return;
    this.#lock = key;
    const now = Date.now();
    this.#app.replaceChildren(h("div.lock", {},
      h("p.time", {}, CLOCK.format(now).replace(/\s?[AP]M$/i, "")), h("p.date", {}, DATE.format(now)),
      h("ol", { "aria-label": "Notifications" }, ...(pushes.length ? pushes.map(notification)
        : [h("li.none", {}, "The app is not running. A message comes as a push.")])),
      h("button.launch", { type: "button", onclick: () => void this.#phone.openApp() },
        h("span.tile", {}, h("img", { src: "/icon.svg", alt: "", width: 36, height: 36 })), "Parley",
        badge ? h("span.badge", {}, String(badge), h("span.sr", {}, " unread")) : null)));
  }

  /** @param {import("./story.js").Line} told */
  #tell({ text, tone }) {
    this.#story.prepend(h("p", { class: tone }, h("span", {}, text)));
    while (this.#story.children.length > TOLD) this.#story.lastElementChild?.remove();
  }

  #tick() {
    this.#clock.textContent = CLOCK.format(Date.now());
  }
}

/**
 * What somebody is called. Whoever writes for the first time may have to be asked for.
 *
 * @param {Client} client
 * @param {string} user
 */
async function called(client, user) {
  const known = people(client);
  if (!known.get(user).name) {
    const signal = AbortSignal.timeout(NAMING);
    await new Promise((/** @type {(value: void) => void} */ resolve) => {
      known.addEventListener("change", (event) => /** @type {CustomEvent} */ (event).detail === user && resolve(), { signal });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  return known.get(user).name || "somebody new";
}

/** @param {Push} push */
function notification({ title, text, at }) {
  return h("li", {}, h("img", { src: "/icon.svg", alt: "", width: 38, height: 38 }),
    h("strong", { dir: "auto" }, title), h("time", {}, CLOCK.format(at)), h("span", { dir: "auto" }, text ?? "New message"));
}
