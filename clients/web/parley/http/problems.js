/** The errors of a request: refused, with the protocol's codes, or not answered at all. */

/** The codes of API Gateway's own refusals, which carry none. @type {Record<number, string>} */
const BY_STATUS = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "too_large",
  429: "rate_limited",
};
const PASSING = [429, 502, 503, 504];

/** The server could not be reached, or the connection was lost before it answered. */
export class Unreachable extends Error {
  /** @override */
  name = "Unreachable";
}

/** The file is not what it was announced to be, and then `reason` says why; or it came too late. */
export class UploadRefused extends Error {
  /** @override */
  name = "UploadRefused";

  /**
   * @param {string} message
   * @param {string} [reason] the server's, after it has looked at the file
   */
  constructor(message, reason = "") {
    super(message);
    this.reason = reason;
  }
}

/**
 * The server's refusal.
 *
 * - `code`: as in the protocol, and stable. `status`: the HTTP status. `detail`: an explanation for developers.
 * - `retryable`: whether the same request may succeed if it is repeated; `retryAfter`: seconds to wait before that, or null.
 * - `errors`: with `bad_request`, what is wrong (`why`), and where (`at`).
 * - `current`: with `conflict` about data, what is stored instead. `tail`: with `conflict` in a conversation, the newest seq.
 */
export class Problem extends Error {
  /** @override */
  name = "Problem";

  /**
   * @param {number} status
   * @param {any} said the JSON of the response, if there was one
   * @param {number | null} retryAfter
   */
  constructor(status, said, retryAfter = null) {
    const told = typeof said === "object" && said !== null ? said : {};
    const code = String(told.code || BY_STATUS[status] || "unavailable");
    const detail = String(told.detail || told.message || `HTTP ${status}`);
    /** @type {{ at: string, why: string }[]} */
    const errors = Array.isArray(told.errors) ? told.errors : [];
    super(`${detail}${errors.map(({ at, why }) => `; ${at}: ${why}`).join("")} (${code})`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryable = typeof told.retryable === "boolean" ? told.retryable : PASSING.includes(status);
    this.retryAfter = retryAfter;
    this.errors = errors;
    /** @type {Record<string, any> | null} */
    this.current = told.current ?? null;
    /** @type {number | null} */
    this.tail = told.tail ?? null;
  }
}
