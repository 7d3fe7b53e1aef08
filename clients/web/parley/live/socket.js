/**
 * One WebSocket connection, whose fate is reported as inputs of the session.
 *
 * @import { Input } from "../protocol/types.js"
 */

import { timeout } from "./timeout.js";

/**
 * What a socket has to have: browsers' `WebSocket`, and the `ws` package's.
 *
 * @typedef {object} SocketLike
 * @property {(text: string) => void} send
 * @property {() => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 * @property {((event: any) => void) | null} onclose
 */

/** @typedef {(url: string, protocols: string[]) => SocketLike} OpenSocket */

/**
 * Tells what a failure to open means, where the socket does not: the HTTP status, if it is 401.
 *
 * @typedef {(token: string) => Promise<number | null>} Probe
 */

const PROTOCOL = "parley.v1";

/** Opens at once. No method waits. */
export class Socket {
  /** @type {SocketLike | null} */
  #socket = null;
  #opened = false;
  /** @type {number | null} */
  #status = null;
  #attempt;
  #token;
  #report;
  #probe;

  /**
   * @param {number} attempt
   * @param {string} url
   * @param {string} token
   * @param {OpenSocket} open
   * @param {(given: Input) => void} report
   * @param {Probe | null} probe
   */
  constructor(attempt, url, token, open, report, probe) {
    this.#attempt = attempt;
    this.#token = token;
    this.#report = report;
    this.#probe = probe;
    try {
      this.#listen(open(url, [PROTOCOL, token]));
    } catch (error) {
      report({ type: "socketFailed", attempt, status: null, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {SocketLike} socket */
  #listen(socket) {
    const attempt = this.#attempt;
    this.#socket = socket;
    socket.onopen = () => {
      this.#opened = true;
      this.#report({ type: "socketOpened", attempt });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#report({ type: "frameReceived", attempt, text: data });
    };
    // Browsers do not say why a socket was not opened; `ws` does.
    socket.onerror = (event) => {
      const said = /response: (\d{3})/.exec(event?.message ?? "");
      if (said) this.#status = Number(said[1]);
    };
    socket.onclose = ({ code }) => {
      this.#socket = null;
      if (this.#opened) this.#report({ type: "socketClosed", attempt, code: typeof code === "number" && code !== 1005 ? code : null });
      else this.#notOpened();
    };
  }

  async #notOpened() {
    const status = this.#status ?? (await this.#probe?.(this.#token)) ?? null;
    this.#report({ type: "socketFailed", attempt: this.#attempt, status, reason: "no connection" });
  }

  /** @param {string} text */
  transmit(text) {
    if (!this.#opened) return;
    try {
      this.#socket?.send(text);
    } catch {
      // It is closing, and says so next.
    }
  }

  /** Close, or stop opening. Nothing more is reported. */
  close() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // `ws` throws what nobody listens to
    socket.close();
  }
}

/**
 * Ask the HTTP API whether it is the token that is refused, because a browser does not say so of a socket.
 *
 * @param {string} httpUrl
 * @param {typeof fetch} fetcher
 * @returns {Probe}
 */
export const httpProbe = (httpUrl, fetcher) => async (token) => {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const { status } = await fetcher(`${httpUrl.replace(/\/$/, "")}/me`, { headers, signal: timeout(5000) });
    return status === 401 ? status : null;
  } catch {
    return null;
  }
};

/**
 * @param {string} url
 * @param {string} device
 */
export const withDevice = (url, device) => `${url}${url.includes("?") ? "&" : "?"}device=${encodeURIComponent(device)}`;
