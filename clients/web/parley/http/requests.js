/**
 * One request of the HTTP API, repeated while that may help: with a fresh token, later, or over another connection.
 *
 * Repeating is safe. Each change is named by an id, has the same effect the second time, or is conditional; and a conditional
 * request is not sent again once it may have been carried out.
 *
 * @import { TokenSource } from "../live/tokens.js"
 */

import { timeout } from "../live/timeout.js";
import { Problem, Unreachable } from "./problems.js";

const ATTEMPTS = 5;
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 20;
const TIMEOUT = 35_000; // API Gateway gives up after 30 s

/** @typedef {{ body?: unknown, query?: Record<string, unknown>, headers?: Record<string, string> }} Sent */

/**
 * @typedef {object} RequestOptions
 * @property {string} url where the API's paths begin
 * @property {TokenSource} auth
 * @property {typeof fetch} [fetch]
 * @property {(seconds: number) => Promise<unknown>} [sleep]
 * @property {() => number} [chance]
 */

/** Makes requests on behalf of a user. */
export class Requests {
  #url;
  #auth;
  #fetch;
  #sleep;
  #chance;

  /** @param {RequestOptions} options */
  constructor({ url, auth, fetch: fetcher, sleep, chance }) {
    this.#url = url.replace(/\/$/, "");
    this.#auth = auth;
    this.#fetch = fetcher ?? ((...given) => fetch(...given));
    this.#sleep = sleep ?? ((seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
    this.#chance = chance ?? Math.random;
  }

  /**
   * Make a request. Returns the JSON of the response, or null if it has none.
   *
   * @param {string} method
   * @param {string} path
   * @param {Sent} sent
   * @returns {Promise<any>}
   * @throws {Problem} the server refuses, for good or for longer than we wait
   * @throws {Unreachable} there was no answer
   * @throws {import("../live/tokens.js").SignInRequired} the user has to sign in again
   */
  async ask(method, path, sent = {}) {
    let refused = false;
    for (let attempt = 1; ; attempt++) {
      const { answer, failure } = await this.#once(method, path, sent, refused);
      if (!failure) return answer;
      const wasRefused = failure instanceof Problem && failure.status === 401 && !refused;
      if (wasRefused) {
        refused = true;
        attempt--;
        continue;
      }
      // Whether a request that got no answer was carried out is not known.
      const again = failure instanceof Problem ? failure.retryable : !sent.headers;
      if (!again || attempt === ATTEMPTS) throw failure;
      await this.#sleep(this.#pause(attempt, failure instanceof Problem ? failure.retryAfter : null));
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Sent} sent
   * @param {boolean} refused
   * @returns {Promise<{ answer?: any, failure?: Problem | Unreachable }>}
   */
  async #once(method, path, { body, query = {}, headers = {} }, refused) {
    const token = await this.#auth.token({ refused });
    const named = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = named.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
    /** @type {Response} */
    let answer;
    let text;
    try {
      answer = await this.#fetch(`${this.#url}${path}${search && `?${search}`}`, {
        method,
        headers: {
          ...headers,
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: timeout(TIMEOUT),
      });
      text = await answer.text();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { failure: new Unreachable(`the server cannot be reached at ${this.#url}: ${why}`) };
    }
    const said = parsed(text);
    if (!answer.ok) {
      const after = answer.headers.get("Retry-After") ?? "";
      return { failure: new Problem(answer.status, said, /^\d+$/.test(after) ? Number(after) : null) };
    }
    if (said === undefined) throw new Unreachable("the server's answer cannot be read");
    return { answer: said };
  }

  /**
   * What the server asks for, and some more, so that clients do not all come back at once.
   *
   * @param {number} attempt
   * @param {number | null} wanted
   */
  #pause(attempt, wanted) {
    const grown = Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE);
    return Math.min(wanted ?? 0, LONGEST_PAUSE) + grown * (0.5 + this.#chance() / 2);
  }
}

/**
 * @param {string} text
 * @returns {any} undefined if it is no JSON; null if it is empty
 */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return undefined;
  }
}
