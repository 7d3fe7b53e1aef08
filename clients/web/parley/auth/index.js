/**
 * Who is signed in, kept over reloads and shared by tabs; and the token source of the client and the HTTP API.
 *
 * @import { CognitoSettings, Tokens } from "./cognito.js"
 */

import { SignInRequired, claims } from "../live/tokens.js";
import { Cognito } from "./cognito.js";

export { SignInRequired } from "../live/tokens.js";
export { AuthError } from "./cognito.js";

/** A returned token has at least this many seconds left, so that a connection is not renewed at once. */
const LIFE_LEFT = 300;

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} KeyValues */

/**
 * @param {CognitoSettings} settings
 * @param {{ name?: string, storage?: KeyValues | null, fetch?: typeof fetch }} options
 */
export function createAuth(settings, { name = "default", storage, fetch: fetcher } = {}) {
  const kept = storage === undefined ? (globalThis.localStorage ?? null) : storage;
  const cognito = new Cognito(settings, fetcher ?? ((...given) => fetch(...given)));
  return new Auth(cognito, kept ?? inMemory(), `parley:auth:${name}:${settings.clientId}`);
}

/** A `TokenSource`. */
export class Auth {
  #cognito;
  #storage;
  #key;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {Cognito} cognito
   * @param {KeyValues} storage
   * @param {string} key
   */
  constructor(cognito, storage, key) {
    this.#cognito = cognito;
    this.#storage = storage;
    this.#key = key;
  }

  /** The signed-in user's id, or null. */
  get user() {
    const user = this.#tokens && claims(this.#tokens.access).sub;
    return typeof user === "string" ? user : null;
  }

  /** The id token, for services that want that one, such as an identity pool; null if there is none. */
  get idToken() {
    return this.#tokens?.id ?? null;
  }

  /**
   * A code is sent to that address, for `confirm`.
   *
   * @param {string} email
   * @param {string} password
   * @param {{ name?: string }} profile
   * @throws {import("./cognito.js").AuthError}
   */
  async signUp(email, password, { name = "" } = {}) {
    await this.#cognito.signUp(email, password, name);
  }

  /**
   * @param {string} email
   * @param {string} code
   * @throws {import("./cognito.js").AuthError}
   */
  async confirm(email, code) {
    await this.#cognito.confirm(email, code);
  }

  /** @param {string} email */
  async resendCode(email) {
    await this.#cognito.resendCode(email);
  }

  /**
   * A code is sent to that address, for `resetPassword`.
   *
   * @param {string} email
   */
  async forgotPassword(email) {
    await this.#cognito.forgotPassword(email);
  }

  /**
   * @param {string} email
   * @param {string} code
   * @param {string} password the new one
   */
  async resetPassword(email, code, password) {
    await this.#cognito.confirmForgotPassword(email, code, password);
  }

  /**
   * @param {string} email
   * @param {string} password
   * @returns {Promise<string>} the user's id
   * @throws {SignInRequired} the user or password is wrong
   * @throws {import("./cognito.js").AuthError}
   */
  async signIn(email, password) {
    const tokens = await this.#cognito.signIn(email, password);
    this.#keep(tokens);
    return String(claims(tokens.access).sub);
  }

  /**
   * An access token with some minutes left. One call at a time, over all tabs, because a pool may let a refresh token be used once.
   *
   * @param {{ refused?: boolean }} options
   * @returns {Promise<string>}
   * @throws {SignInRequired | import("./cognito.js").AuthError}
   */
  async token({ refused = false } = {}) {
    const before = this.#tokens?.access;
    return this.#alone(async () => {
      const tokens = this.#tokens;
      if (!tokens) throw new SignInRequired("nobody is signed in");
      const left = Number(claims(tokens.access).exp ?? 0) - Date.now() / 1000;
      // If another call has fetched a fresh one meanwhile, that has not been refused.
      if (left >= LIFE_LEFT && !(refused && tokens.access === before)) return tokens.access;
      const fresh = await this.#cognito.refresh(tokens);
      this.#keep(fresh);
      return fresh.access;
    });
  }

  /** Revoke the refresh token, and forget all. Without a network the tokens are forgotten all the same. */
  async signOut() {
    const tokens = this.#tokens;
    this.#storage.removeItem(this.#key);
    if (tokens?.refresh) await this.#cognito.revoke(tokens).catch(() => {});
  }

  /** @returns {Tokens | null} */
  get #tokens() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {Tokens} tokens */
  #keep(tokens) {
    this.#storage.setItem(this.#key, JSON.stringify(tokens));
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #alone(work) {
    const locks = globalThis.navigator?.locks;
    const next = this.#last.then(async () => /** @type {T} */ (await (locks ? locks.request(this.#key, work) : work())));
    this.#last = next.catch(() => {});
    return next;
  }
}

/** @returns {KeyValues} */
function inMemory() {
  /** @type {Map<string, string>} */
  const held = new Map();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
}
