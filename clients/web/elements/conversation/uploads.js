/** Messages with files: uploaded one after the other, and sent when all of them are there. */

import { links } from "../media.js";
import { prepared } from "./files.js";

/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("./layout.js").Upload} Upload */

/** @type {WeakMap<Client, Map<string, Uploads>>} */
const known = new WeakMap();

/**
 * The uploads of a conversation. They go on while another one is shown.
 *
 * @param {Client} client
 * @param {string} where
 */
export function uploads(client, where) {
  const held = known.get(client) ?? remembered(client);
  if (!held.has(where)) held.set(where, new Uploads(client, where));
  return /** @type {Uploads} */ (held.get(where));
}

/** @param {Client} client */
function remembered(client) {
  /** @type {Map<string, Uploads>} */
  const held = new Map();
  known.set(client, held);
  client.on("*", (event) => {
    if (event.type === "state" && event.state === "live") for (const one of held.values()) one.goOn();
  });
  return held;
}

/** A file that cannot be read as what it says it is; the message is its name. */
class Refused extends Error {}

export class Uploads extends EventTarget {
  #client;
  #where;
  /** @type {Map<string, AbortController>} */
  #stops = new Map();
  /** @type {Upload[]} */
  list = [];

  /** @param {Client} client @param {string} where */
  constructor(client, where) {
    super();
    this.#client = client;
    this.#where = where;
  }

  /** There is a connection: what had lost one is tried again. */
  goOn() {
    for (const { id, interrupted } of this.list) if (interrupted) this.retry(id);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} text @param {File[]} files */
  add(text, files) {
    const upload = { id: crypto.randomUUID(), text, files, sent: 0, size: 0, failed: false, interrupted: false, refused: "", at: Date.now() };
    this.list = [...this.list, upload];
    void this.#run(upload);
  }

  /** @param {string} id */
  retry(id) {
    const upload = this.list.find((held) => held.id === id);
    if (!upload?.failed || upload.refused) return;
    upload.failed = upload.interrupted = false;
    void this.#run(upload);
  }

  /** @param {string} id */
  cancel(id) {
    this.#stops.get(id)?.abort();
    this.#forget(id);
  }

  /** @param {Upload} upload */
  async #run(upload) {
    const stop = new AbortController();
    this.#stops.set(upload.id, stop);
    this.#changed();
    try {
      const media = await this.#all(upload, stop.signal);
      if (stop.signal.aborted) return;
      // The upload's own id names the message, so that trying again can never send it twice.
      await this.#client.send(this.#where, { text: upload.text, media, id: upload.id });
      this.#forget(upload.id);
    } catch (error) {
      if (stop.signal.aborted) return;
      upload.failed = true;
      upload.interrupted = /** @type {any} */ (error)?.name === "Unreachable";
      if (error instanceof Refused) upload.refused = error.message;
      this.#changed();
    }
  }

  /** @param {Upload} upload @param {AbortSignal} signal */
  async #all(upload, signal) {
    const blobs = await Promise.all(upload.files.map((file) => prepared(file).catch(() => Promise.reject(new Refused(file.name)))));
    upload.size = blobs.reduce((sum, { size }) => sum + size, 0);
    const ids = [];
    let done = 0;
    for (const [i, blob] of blobs.entries()) {
      const onProgress = (/** @type {number} */ sent) => {
        upload.sent = done + sent;
        this.#changed();
      };
      const media = await this.#client.upload(blob, this.#where, { onProgress, signal }).catch((error) => {
        throw error?.name === "UploadRefused" && error.reason ? new Refused(upload.files[i].name) : error;
      });
      links(this.#client).keep(media, blob);
      ids.push(media.media);
      done += blob.size;
    }
    return ids;
  }

  /** @param {string} id */
  #forget(id) {
    this.#stops.delete(id);
    this.list = this.list.filter((held) => held.id !== id);
    this.#changed();
  }
}
