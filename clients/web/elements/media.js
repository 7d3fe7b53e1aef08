/** Links to media, which expire: asked for when something is to be shown, and again when they have run out. */

import { rest } from "./element.js";

/** @typedef {import("./types.js").Client} Client */
/** @typedef {import("./types.js").Media} Media */

/** @type {WeakMap<Client, Links>} */
const known = new WeakMap();

/** A link that has less than this left (ms) is not given out. */
const MARGIN = 20_000;

/**
 * The media links of a client.
 *
 * @param {Client} client
 */
export function links(client) {
  let found = known.get(client);
  if (!found) known.set(client, (found = new Links(client)));
  return found;
}

export class Links {
  #client;
  /** @type {Map<string, Media>} */
  #held = new Map();
  /** @type {Map<string, Promise<Media>>} */
  #asked = new Map();

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
    client.on("*", (event) => {
      if (event.type === "news" && event.frame.type === "media") this.#held.delete(event.frame.media);
    });
  }

  /**
   * A medium with links that work.
   *
   * @param {string} id
   * @param {{ fresh?: boolean }} [options] `fresh`: the link that was given before did not work
   * @returns {Promise<Media>}
   * @throws whatever the HTTP API throws
   */
  async get(id, { fresh = false } = {}) {
    const held = this.#held.get(id);
    if (held && !fresh && (held.expires === 0 || held.expires > Date.now() + MARGIN)) return held;
    let asked = this.#asked.get(id);
    if (!asked) {
      const http = rest(this.#client);
      if (!http) throw new Error("there is no HTTP API");
      asked = http.readMedia(id).finally(() => this.#asked.delete(id));
      this.#asked.set(id, asked);
    }
    const media = await asked;
    const safe = { ...media, url: web(media.url), thumbnail: web(media.thumbnail) };
    if (media.expires) this.#held.set(id, safe);
    return safe;
  }

  /**
   * What this device has just uploaded is shown from the device.
   *
   * @param {Media} media
   * @param {Blob} file
   */
  keep(media, file) {
    const url = URL.createObjectURL(file);
    this.#held.set(media.media, { ...media, url, thumbnail: media.type.startsWith("image/") ? url : "", expires: 0, state: "ready" });
  }
}

/** @param {string | undefined} url only what a browser can fetch, and nothing that it would run */
const web = (url) => (url && /^(https?|blob):/.test(url) ? url : "");
