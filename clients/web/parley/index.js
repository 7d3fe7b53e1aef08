/**
 * Everything: the client, the HTTP API and signing in. README.md describes it.
 *
 * @import { ConnectOptions, ConnectionSettings } from "./core.js"
 * @import { CognitoSettings } from "./auth/cognito.js"
 * @import { ClientOptions } from "./live/client.js"
 * @import { TokenSource } from "./live/tokens.js"
 */

import { Client, prepare } from "./core.js";
import { Rest } from "./http/rest.js";
import { address } from "./protocol/values.js";

export { Auth, AuthError, createAuth } from "./auth/index.js";
export * from "./core.js";
export { Problem, Unreachable, UploadRefused } from "./http/problems.js";
export { Rest } from "./http/rest.js";
export { UserData } from "./http/user_data.js";

/** @typedef {ConnectionSettings & CognitoSettings} Settings */

/**
 * The HTTP API as the user who is signed in.
 *
 * @param {{ settings: { httpUrl?: string | null }, auth: TokenSource, fetch?: typeof fetch }} options
 */
export function createRest({ settings, auth, fetch: fetcher }) {
  if (!settings.httpUrl) throw new RangeError("the settings have no httpUrl");
  return new Rest({ url: settings.httpUrl, auth, fetch: fetcher });
}

/** A client with the HTTP API beside it. */
export class ParleyClient extends Client {
  #rest;

  /**
   * @param {ClientOptions} options
   * @param {Rest | null} rest
   */
  constructor(options, rest) {
    super(options);
    this.#rest = rest;
  }

  /** The HTTP API. */
  get rest() {
    if (!this.#rest) throw new RangeError("the settings have no httpUrl");
    return this.#rest;
  }

  /**
   * The inbox as the server has it: pinned conversations first, then the newest.
   *
   * @param {{ archived?: boolean }} options
   */
  async inbox(options = {}) {
    const found = [];
    for await (const summary of this.rest.listConversations(options)) found.push(summary);
    return found;
  }

  /**
   * Upload a file for a conversation, and wait until it has been verified.
   *
   * @param {Blob} file
   * @param {string} where a user or a conversation, or `profile`
   * @param {{ onProgress?: import("./http/uploads.js").Progress, signal?: AbortSignal }} options
   */
  upload(file, where, options = {}) {
    return this.rest.upload(file, where === "profile" ? where : address(this.user, where).conversation, options);
  }

  /**
   * A file's state and links.
   *
   * @param {string} media
   */
  media(media) {
    return this.rest.readMedia(media);
  }
}

/**
 * A client that has been started, for the user who is signed in.
 *
 * @param {ConnectOptions & { rest?: Rest | null }} options
 * @returns {Promise<ParleyClient>}
 * @throws {import("./core.js").SignInRequired} nobody is signed in
 * @throws {TypeError} there is no `WebSocket`, and no `socket` is given
 * @throws {import("./core.js").StoreError} the store cannot be used
 */
export async function createClient({ rest, ...options }) {
  const { settings, auth } = options;
  const made = rest === undefined && settings.httpUrl ? createRest({ settings, auth, fetch: options.fetch }) : (rest ?? null);
  const client = new ParleyClient(await prepare(options), made);
  await client.start();
  return client;
}
