/** Who is signed in to the widget, and their client. */

/** @typedef {import("../types.js").Client} Client */

export class Session {
  /** @type {import("../../parley/index.js").ParleyClient | null} */
  #client = null;
  #parley;
  #settings;

  /** @param {typeof import("../../parley/index.js")} parley @param {import("../../parley/index.js").Settings} settings */
  constructor(parley, settings) {
    this.#parley = parley;
    this.#settings = settings;
    this.auth = parley.createAuth(settings, { name: "widget" });
  }

  /**
   * Load the client and the settings. Both addresses are relative to the page, and by default beside these files.
   *
   * @param {HTMLElement} widget
   */
  static async load(widget) {
    const client = widget.getAttribute("client") ?? new URL("../../parley/index.js", import.meta.url).href;
    const from = widget.getAttribute("settings") ?? new URL("/settings.json", import.meta.url).href;
    const [parley, answer] = await Promise.all([import(new URL(client, document.baseURI).href), fetch(from)]);
    if (!answer.ok) throw new Error(`${from}: ${answer.status}`);
    return new Session(parley, await answer.json());
  }

  /** The client of the user who is signed in. @returns {Promise<Client>} */
  async client() {
    this.#client ??= await this.#parley.createClient({ settings: this.#settings, auth: this.auth, name: "widget" });
    return this.#client;
  }

  async signOut() {
    await this.end();
    await this.auth.signOut();
  }

  async end() {
    const client = this.#client;
    this.#client = null;
    await client?.close();
  }
}
