/**
 * A phone: a person, signed in on a client of their own, with a network that can be cut and an app that can be killed.
 */

import { createAuth, createClient } from "/parley/index.js";

import { disturb } from "./local.js";
import { Network } from "./network.js";
import { line, Story } from "./story.js";

const ATTEMPTS = 5;

/**
 * @typedef {import("./local.js").Person} Person
 * @typedef {{ id: number, token: string, title: string, text?: string, badge: number, collapse: string, at: number }} Push
 */

/**
 * Says `change` when what it shows has changed, `client` when its app was opened or closed, `frame` for each frame,
 * `line` for what is told of it, and `message` for each message of somebody else that has just come.
 */
export class Phone extends EventTarget {
  /** @type {import("/parley/index.js").ParleyClient | null} the running client, or null while the app is killed */
  client = null;
  /** @type {Push[]} what is on the lock screen */
  pushes = [];
  badge = 0;
  /** @type {string} */
  state = "stopped";
  device = "";
  user = "";
  #settings;
  #auth;
  #story = new Story();
  #network;
  #expired = false;
  /** @type {Push[]} pushes that wait for the network */
  #held = [];
  #opened = 0;
  /** @type {Promise<void> | null} */
  #opening = null;

  /**
   * @param {string} name which of the page's phones it is; its storage goes by it
   * @param {import("/parley/index.js").Settings} settings
   */
  constructor(name, settings) {
    super();
    this.name = name;
    this.#settings = settings;
    this.#network = new Network((direction, text) => this.#frame(direction, text));
    this.#auth = createAuth(settings, { name, fetch: this.#network.fetch });
  }

  get auth() {
    return this.#auth;
  }

  get online() {
    return this.#network.up;
  }

  get open() {
    return this.client !== null;
  }

  /**
   * Signs a person in, if they are not signed in already, and opens the app.
   *
   * @param {Person} person
   */
  async start(person) {
    if (this.#auth.user !== person.id) {
      if (this.#auth.user) await this.#auth.signOut().catch(() => {});
      await this.#signIn(person);
    }
    await this.openApp();
  }

  /** @param {Person} person whose password is right, so that a failure is the network's */
  async #signIn({ email, password }) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#auth.signIn(email, password);
        return;
      } catch (error) {
        if (/** @type {any} */ (error).code !== "Unreachable" || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Opens the app: what was on the lock screen is gone, as on a phone. Opening it twice opens it once. */
  async openApp() {
    if (this.client) return;
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    await this.#opening;
  }

  async #open() {
    const auth = { user: this.#auth.user, token: this.#token };
    const settings = this.#settings;
    const { socket, fetch } = this.#network;
    this.client = await createClient({ settings, auth, name: this.name, socket, fetch });
    this.device = this.client.device;
    this.user = this.client.user;
    this.client.on("*", (/** @type {any} */ event) => this.#event(event));
    this.state = this.client.state;
    this.pushes = [];
    this.#opened += 1;
    this.dispatchEvent(new Event("client"));
    this.#changed();
    void this.#register(this.#opened);
  }

  /** Resolves once the phone is connected, and has all that it had missed. */
  async live() {
    while (this.state !== "live") await new Promise((resolve) => this.addEventListener("change", resolve, { once: true }));
  }

  /** The system ends the app. What it had not sent is on the device. */
  async kill() {
    const client = this.client;
    if (!client) return;
    const outbox = (await client.outbox()).length;
    this.client = null;
    this.state = "stopped";
    this.#tell(outbox ? `app killed, with ${outbox} in the outbox` : "app killed: pushes go to the lock screen", "bad");
    this.dispatchEvent(new Event("client"));
    this.#changed();
    await client.close();
  }

  cutNetwork() {
    this.#tell("network cut", "bad");
    this.#network.cut();
    this.#changed();
  }

  restoreNetwork() {
    this.#network.restore();
    this.#tell("network back", "good");
    for (const push of this.#held.splice(0)) this.#show(push);
    this.client?.nudge();
    this.#changed();
  }

  /** The next connection finds that its token has expired, and asks for another one. */
  async expireToken() {
    this.#expired = true;
    this.#tell("its token is no longer valid, and the socket closes", "bad");
    await disturb("cut", this.user, this.device);
  }

  /** The phone is in a dead zone, and the server is told nothing: it goes on believing that the phone is there. */
  async loseDisconnect() {
    this.#network.refuse();
    this.#tell("dead zone: the server believes that this phone is there", "bad");
    await disturb("lose_disconnect", this.user, this.device);
    this.#network.cut();
    this.#changed();
  }

  async doubleFrame() {
    await disturb("double_frame", this.user, this.device, "send");
    this.#tell("the next message reaches the server twice", "wait");
  }

  /** @param {Push} push sent to this phone */
  push(push) {
    this.#emit("line", this.#story.push(push, this.online));
    this.badge = push.badge;
    if (this.online) this.#show(push);
    else this.#held.push(push);
    this.#changed();
  }

  /** What the app has been told is read; the badge follows it while the app is open. */
  async countUnread() {
    if (!this.client) return;
    const conversations = await this.client.conversations();
    this.badge = conversations.reduce((sum, c) => sum + c.unread, 0);
    this.#changed();
  }

  /**
   * The token by which pushes find this phone. It is the same in every browser: otherwise each would be a device of its
   * own, and those that are gone would go on getting pushes.
   */
  get pushToken() {
    return `page-${this.user}`;
  }

  /** @param {{ refused?: boolean }} [asked] */
  #token = async (asked = {}) => {
    if (asked.refused) this.#tell("token refused: Cognito gives another one", "wait");
    if (this.#expired) {
      this.#expired = false;
      const token = await this.#auth.token(asked);
      return `${token.slice(0, -12)}${[...token.slice(-12)].reverse().join("")}`; // its signature is wrong
    }
    return this.#auth.token(asked);
  };

  /** @param {number} opened */
  async #register(opened) {
    try {
      await this.client?.rest.putDevice(this.device, { platform: "fcm", token: this.pushToken });
    } catch {
      if (opened === this.#opened && this.client) setTimeout(() => this.client && this.#register(opened), 5000);
    }
  }

  /** @param {Push} push */
  #show(push) {
    if (this.open) return;
    this.pushes = [push, ...this.pushes.filter((other) => other.collapse !== push.collapse)];
  }

  /** @param {any} event */
  async #event(event) {
    if (event.type === "state") this.state = event.state;
    if (event.type === "received" && event.entry.sender !== this.user && this.state === "live") this.#emit("message", event.entry);
    const outbox = this.client ? (await this.client.outbox()).length : 0;
    for (const told of this.#story.event(event, outbox)) this.#emit("line", told);
    if (["received", "receipt", "sent", "refresh"].includes(event.type)) await this.countUnread();
    else this.#changed();
  }

  /**
   * @param {"out" | "in"} direction
   * @param {string} text
   */
  #frame(direction, text) {
    const frame = JSON.parse(text);
    this.#emit("frame", { phone: this, direction, text, frame, at: Date.now() });
    for (const told of this.#story.frame(direction, frame)) this.#emit("line", told);
  }

  /**
   * @param {string} text
   * @param {import("./story.js").Tone} [tone]
   */
  #tell(text, tone) {
    this.#emit("line", line(text, tone));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
