/**
 * The page as an app, for people who sign in for themselves: what is served on AWS, and on a laptop at `/app`. It asks for
 * `/settings.json`, and for nothing else that a laptop alone has.
 *
 * What is open is in the address: `#with=<user>` or `#conversation=<id>`, so that a link leads to a conversation, and the
 * browser's way back to the list.
 */

import "/elements/index.js";

import { direct } from "/elements/ids.js";
import { createAuth, createClient } from "/parley/index.js";

import { h, icon } from "../dom.js";
import { newChat } from "./new-chat.js";

/**
 * @typedef {import("/parley/index.js").ParleyClient} Client
 * @typedef {import("/parley/index.js").Settings} Settings
 */

/** How long (ms) to wait for more news before counting again. */
const PAUSE = 150;

class App {
  #root;
  #settings;
  #auth;
  /** @type {Client | null} */
  #client = null;
  #inbox = h("parley-inbox");
  #chat = h("section.chat", { "aria-label": "Conversation" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting;

  /**
   * @param {HTMLElement} root
   * @param {Settings} settings
   */
  constructor(root, settings) {
    this.#root = root;
    this.#settings = settings;
    this.#auth = createAuth(settings, { name: "app" });
    window.addEventListener("hashchange", () => this.#show());
  }

  async start() {
    if (this.#auth.user) await this.#open();
    else this.#signIn();
  }

  #signIn() {
    const form = Object.assign(h("parley-sign-in"), { auth: this.#auth });
    form.addEventListener("signed-in", () => void this.start().catch(report), { once: true });
    this.#root.className = "outside";
    this.#root.replaceChildren(h("div.card", {}, h("h1", {}, h("img", { src: logo(), alt: "", width: 36, height: 36 }), "Parley"), form));
    form.focus();
  }

  async #open() {
    const client = await createClient({ settings: this.#settings, auth: this.#auth, name: "app" });
    this.#client = client;
    client.on("*", (/** @type {{ type: string }} */ { type }) => {
      if (type === "signedOut") void this.#signOut();
      else if (type !== "typing" && type !== "state") this.#soon();
    });
    this.#inbox = Object.assign(h("parley-inbox"), { client });
    this.#inbox.addEventListener("select", (event) => {
      location.hash = new URLSearchParams({ conversation: /** @type {CustomEvent} */ (event).detail.conversation }).toString();
    });
    const name = h("span.me", { dir: "auto" });
    const found = newChat(client, (user) => (location.hash = new URLSearchParams({ with: user }).toString()));
    this.#root.className = "inside";
    this.#root.replaceChildren(
      h("section.list", { "aria-label": "Conversations" },
        h("header", {}, h("img", { src: logo(), alt: "", width: 28, height: 28 }), h("h1", {}, "Parley"), name,
          button("New conversation", "plus", () => found.showModal()), button("Sign out", "leave", () => void this.#signOut())),
        this.#inbox),
      this.#chat, found);
    this.#root.addEventListener("parley-read", () => this.#soon());
    this.#soon();
    this.#show();
    name.textContent = (await client.rest.readMe().catch(() => ({ name: "" }))).name;
  }

  /** Shows the conversation that the address names, or on a narrow screen, the list. */
  #show() {
    const client = this.#client;
    if (!client) return;
    const asked = new URLSearchParams(location.hash.slice(1));
    const [user, conversation] = [asked.get("with"), asked.get("conversation")];
    const open = user && user !== client.user ? { with: user } : conversation ? { conversation } : null;
    this.#root.classList.toggle("open", open !== null);
    this.#inbox.setAttribute("selected", user ? direct(client.user, user) : (conversation ?? ""));
    if (!open) {
      this.#chat.replaceChildren(h("div.still", {}, h("p", {}, "Choose a conversation, or begin one."),
        h("button.primary", { type: "button", onclick: () => this.#root.querySelector("dialog")?.showModal() }, "Begin one")));
      return;
    }
    const back = h("button.round.back", { type: "button", slot: "start", "aria-label": "All conversations", onclick: () => (location.hash = "") });
    back.append(icon("back"));
    this.#chat.replaceChildren(Object.assign(h("parley-conversation", open, back), { client }));
  }

  async #signOut() {
    const client = this.#client;
    if (!client) return;
    this.#client = null;
    document.title = "Parley";
    await client.close();
    await this.#auth.signOut();
    this.#signIn();
  }

  /** Counts what is unread, for the title of the tab. */
  #soon() {
    this.#counting ??= setTimeout(async () => {
      this.#counting = undefined;
      const unread = (await this.#client?.conversations())?.reduce((sum, held) => sum + held.unread, 0);
      document.title = unread ? `(${unread}) Parley` : "Parley";
    }, PAUSE);
  }
}

/**
 * @param {string} label
 * @param {Parameters<typeof icon>[0]} picture
 * @param {() => void} onclick
 */
function button(label, picture, onclick) {
  return h("button.round", { type: "button", "aria-label": label, title: label, onclick }, icon(picture));
}

/** The icon's address: the page's head has it, under whatever name it is served. */
function logo() {
  return /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")).href;
}

/** @param {unknown} error */
function report(error) {
  const again = h("button.primary", { type: "button", onclick: () => location.reload() }, "Try again");
  root.className = "outside";
  root.replaceChildren(h("div.card", {}, h("p", { role: "alert" }, "Parley cannot be reached."), again));
  throw error;
}

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
try {
  const answer = await fetch("/settings.json");
  if (!answer.ok) throw new Error(`/settings.json: ${answer.status}`);
  await new App(root, await answer.json()).start();
} catch (error) {
  report(error);
}
