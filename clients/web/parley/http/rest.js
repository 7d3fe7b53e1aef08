/**
 * The HTTP API: profiles, devices, the inbox and history, blocks, media, and data that all of a user's devices share.
 *
 * The client is for what is live. This is for everything that is looked up or changed now and then, and for sending without a
 * socket. Each method is named after its operation in docs/openapi.json, and returns what that says.
 *
 * @import { RequestOptions } from "./requests.js"
 * @import { Progress } from "./uploads.js"
 */

import { newId } from "../live/store.js";
import { Unreachable, UploadRefused } from "./problems.js";
import { Requests } from "./requests.js";
import * as uploads from "./uploads.js";

/** How often an upload is looked at, a second apart, until it has been verified. */
const VERIFYING = 60;
const CATEGORY = /^[a-z0-9-]{1,40}$/;

/**
 * Times are in milliseconds since the epoch; texts that are not given are empty. A provider's profile has the last three fields.
 *
 * @typedef {{ user: string, role: string, version: number, name: string, about: string, photo: string, category?: string,
 *   business?: string, availability?: string }} User
 * @typedef {User & { locale: string }} Me
 * @typedef {{ device: string, platform: string, app_version: string, locale: string, at: number }} Device
 * @typedef {{ conversation: string, delivered: number, read: number, muted: number, archived: boolean, pinned: boolean }} Settings
 * @typedef {Settings & { unread: number,
 *   other: { user: string, name?: string, photo?: string, role?: string, online?: boolean, seen?: number | null },
 *   last: { seq: number, at: number, sender: string, preview: string } | null }} Summary
 * @typedef {{ id: string, conversation: string, seq: number, count: number, at: number }} Stored
 * @typedef {{ media: string, state: "pending" | "ready" | "refused" | "archived" | "restoring" | "removed", type: string,
 *   size: number, sha256: string, within: string, owner: string, created: number, reason?: string, width?: number,
 *   height?: number, url?: string, thumbnail?: string, expires?: number }} Media
 * @typedef {{ key: string, version: number, deleted: boolean, value?: any }} Datum
 */

/** The API as one user. */
export class Rest {
  #requests;
  #fetch;

  /** @param {RequestOptions} options */
  constructor(options) {
    this.#requests = new Requests(options);
    this.#fetch = options.fetch;
  }

  // Profiles

  /** @returns {Promise<Me>} */
  readMe() {
    return this.#ask("GET", "/me");
  }

  /**
   * Change fields of the user's own profile. Refused as `stale` if the stored version is not `version`.
   *
   * @param {Record<string, string>} changes
   * @param {{ version?: number }} options
   * @returns {Promise<Me>}
   */
  changeMe(changes, { version } = {}) {
    return this.#ask("PATCH", "/me", { body: changes, headers: match(version) });
  }

  /**
   * @param {string} user
   * @returns {Promise<User>}
   */
  readUser(user) {
    return this.#ask("GET", `/users/${part(user)}`);
  }

  /**
   * A category's providers, by business name.
   *
   * @param {string} category 1–40 of `a–z 0–9 -`
   * @returns {AsyncGenerator<User>}
   * @throws {RangeError} it is no category
   */
  listProviders(category) {
    if (!CATEGORY.test(category ?? "")) throw new RangeError(`listProviders needs a category, 1–40 of a–z 0–9 -: ${category}`);
    return this.#listed("/providers", "providers", { category });
  }

  // Devices

  /**
   * Push to this device from now on. Call it at every start of the app.
   *
   * @param {string} device
   * @param {{ platform: "apns" | "apns_sandbox" | "fcm", token: string, app_version?: string, locale?: string }} registration
   * @returns {Promise<Device>}
   */
  putDevice(device, { platform, token, app_version = "", locale = "" }) {
    return this.#ask("PUT", `/me/devices/${part(device)}`, { body: { platform, token, app_version, locale } });
  }

  /** @returns {AsyncGenerator<Device>} */
  listDevices() {
    return this.#listed("/me/devices", "devices");
  }

  /** @param {string} device */
  deleteDevice(device) {
    return this.#ask("DELETE", `/me/devices/${part(device)}`);
  }

  // Conversations

  /**
   * Pinned ones first, then the newest.
   *
   * @param {{ archived?: boolean }} options
   * @returns {AsyncGenerator<Summary>}
   */
  listConversations({ archived = false } = {}) {
    return this.#listed("/conversations", "conversations", archived ? { archived } : {});
  }

  /**
   * The newest entries, or those before or after a seq, by ascending seq.
   *
   * @param {string} conversation
   * @param {{ before?: number, after?: number, limit?: number }} range
   * @returns {Promise<{ entries: import("../protocol/types.js").Entry[], more: boolean }>}
   */
  listEntries(conversation, range = {}) {
    return this.#ask("GET", `/conversations/${part(conversation)}/entries`, { query: { limit: 50, ...range } });
  }

  /**
   * Send without a socket. The same `id` is never stored twice.
   *
   * @param {string} conversation
   * @param {{ text?: string, media?: string[], after: number, id?: string }} message `after` is the newest seq known there
   * @returns {Promise<Stored>}
   */
  sendMessage(conversation, { text = "", media = [], after, id = newId() }) {
    const body = { id, after, body: media.length ? { text, media } : { text } };
    return this.#ask("POST", `/conversations/${part(conversation)}/entries`, { body });
  }

  /**
   * Mute until a time (0 to unmute), archive, pin, or mark as read.
   *
   * @param {string} conversation
   * @param {{ muted?: number, archived?: boolean, pinned?: boolean, read?: number }} changes
   * @returns {Promise<Settings>}
   */
  changeConversation(conversation, changes) {
    return this.#ask("PATCH", `/conversations/${part(conversation)}`, { body: changes });
  }

  // Blocks and reports

  /** @returns {AsyncGenerator<{ user: string, name: string, photo: string }>} */
  listBlocks() {
    return this.#listed("/me/blocks", "blocks");
  }

  /** @param {string} user */
  blockUser(user) {
    return this.#ask("PUT", `/me/blocks/${part(user)}`);
  }

  /** @param {string} user */
  unblockUser(user) {
    return this.#ask("DELETE", `/me/blocks/${part(user)}`);
  }

  /**
   * Report a `user`, or an entry by `conversation` and `seq`. The same `id` is stored once.
   *
   * @param {({ user: string } | { conversation: string, seq: number }) & { reason: string, text?: string, id?: string }} about
   * @returns {Promise<{ id: string, user: string, reason: string, at: number }>}
   */
  report({ id = newId(), text = "", ...about }) {
    return this.#ask("POST", "/reports", { body: { id, text, ...about } });
  }

  // Media

  /**
   * Get the form for posting a file of exactly this type, size and checksum; `upload` does all of that.
   *
   * @param {{ type: string, size: number, sha256: string, within: string }} file
   * @returns {Promise<{ media: string, url: string, fields: Record<string, string>, expires: number }>}
   */
  beginUpload(file) {
    return this.#ask("POST", "/media", { body: file });
  }

  /**
   * Upload a file, and wait until it has been verified. `within` is the conversation it is for, or `profile`.
   *
   * @param {Blob} file
   * @param {string} within
   * @param {{ onProgress?: Progress, signal?: AbortSignal }} options
   * @returns {Promise<Media>}
   * @throws {UploadRefused} the file is not what it was said to be
   */
  async upload(file, within, options = {}) {
    const { type, size } = file;
    const { media, url, fields } = await this.beginUpload({ type, size, sha256: await uploads.sha256(file), within });
    await uploads.post(url, fields, file, { ...options, fetch: this.#fetch });
    for (let looked = 0; looked < VERIFYING; looked++) {
      const found = await this.readMedia(media);
      if (found.state === "refused") throw new UploadRefused(`the file was refused: ${found.reason}`, found.reason);
      if (found.state !== "pending") return found;
      if (options.signal?.aborted) throw options.signal.reason;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    throw new Unreachable("the file is there, but has not been verified yet");
  }

  /**
   * A file's state, and its links while it is ready. An archived file begins to be restored.
   *
   * @param {string} media
   * @returns {Promise<Media>}
   */
  readMedia(media) {
    return this.#ask("GET", `/media/${part(media)}`);
  }

  // Data

  /**
   * What the user's devices have changed after a version; 0 for everything. With `reset` these are all the values.
   *
   * @param {number} since
   * @returns {Promise<{ changes: Datum[], version: number, reset: boolean }>}
   */
  async listData(since = 0) {
    /** @type {Datum[]} */
    let changes = [];
    let reset = false;
    for (let cursor = null; ; ) {
      const page = await this.#ask("GET", "/me/data", { query: { since, cursor } });
      if (page.reset) {
        changes = [];
        reset = true;
      }
      changes.push(...page.changes);
      cursor = page.cursor;
      if (cursor === null) return { changes, version: page.version, reset };
    }
  }

  /**
   * Store a value in place of a version: 0 for a new key, `"*"` for whichever is stored. A `Problem` with code `conflict` has
   * what is stored as `current`.
   *
   * @param {string} key
   * @param {unknown} value
   * @param {{ version: number | "*" }} options
   * @returns {Promise<Datum>}
   */
  putData(key, value, { version }) {
    const headers = version === 0 ? { "If-None-Match": "*" } : match(version);
    return this.#ask("PUT", `/me/data/${part(key)}`, { body: { value }, headers });
  }

  /**
   * Delete a value; without `version`, whichever is stored.
   *
   * @param {string} key
   * @param {{ version?: number }} options
   */
  deleteData(key, { version } = {}) {
    return this.#ask("DELETE", `/me/data/${part(key)}`, { headers: match(version) });
  }

  // The account

  /**
   * Everything about the user as one archive; null while it is being prepared: ask again after some seconds.
   *
   * @returns {Promise<{ url: string, size: number, made: number } | null>}
   */
  async exportMe() {
    const told = await this.#ask("GET", "/me/export");
    return told && "url" in told ? told : null;
  }

  /**
   * Schedule the account to be erased in 7 days.
   *
   * @returns {Promise<{ asked: number, due: number, begun: boolean }>}
   */
  deleteMe() {
    return this.#ask("DELETE", "/me");
  }

  /**
   * The scheduled deletion; a `Problem` with `not_found` if there is none.
   *
   * @returns {Promise<{ asked: number, due: number, begun: boolean }>}
   */
  readDeletion() {
    return this.#ask("GET", "/me/deletion");
  }

  /** Cancel the deletion; a `Problem` if it is too late. */
  restoreMe() {
    return this.#ask("POST", "/me/restore");
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {import("./requests.js").Sent} [sent]
   */
  #ask(method, path, sent) {
    return this.#requests.ask(method, path, sent);
  }

  /**
   * Every item of a list, page after page.
   *
   * @param {string} path
   * @param {string} name
   * @param {Record<string, unknown>} query
   */
  async *#listed(path, name, query = {}) {
    for (let cursor = null; ; ) {
      const page = await this.#ask("GET", path, { query: { ...query, cursor } });
      yield* page[name];
      cursor = page.cursor;
      if (cursor === null) return;
    }
  }
}

/**
 * An id as one part of a path, quoted so that it cannot lead elsewhere.
 *
 * @param {string} value
 */
function part(value) {
  if (["", ".", ".."].includes(value)) throw new RangeError(`not an id: ${value}`);
  return encodeURIComponent(value);
}

/**
 * @param {number | "*" | undefined} version
 * @returns {Record<string, string> | undefined}
 */
const match = (version) => (version === undefined ? undefined : { "If-Match": version === "*" ? version : `"${version}"` });
