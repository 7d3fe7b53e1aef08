/** Who is signed in to the widget, and their client. */

/** @typedef {import("../types.js").Auth} Auth */
/** @typedef {import("../types.js").Client} Client */

/**
 * The settings as the client takes them. The server calls the socket's address `socketUrl`.
 *
 * @param {Record<string, any>} served
 */
const settingsFor = (served) => ({ ...served, wsUrl: served.wsUrl ?? served.socketUrl });

export class Session {
  #client;
  #parley;
  #settings;

  /** @param {any} parley the client's module @param {Record<string, any>} settings */
  constructor(parley, settings) {
    this.#parley = parley;
    this.#settings = settings;
    /** @type {Auth} */
    this.auth = parley.createAuth(settings, { name: "widget" });
    /** @type {(Client & { close(): Promise<unknown> }) | null} */
    this.#client = null;
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
    return new Session(parley, settingsFor(await answer.json()));
  }

  /** The client of the user who is signed in. */
  async client() {
    this.#client ??= await this.#parley.createClient({ settings: this.#settings, auth: this.auth, name: "widget" });
    return /** @type {Client} */ (this.#client);
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
