/**
 * The connection: when to open a socket, when to give one up, and how long to wait before the next.
 *
 * @import { ConnectionInput, Output, State } from "./types.js"
 */

import {
  BACKOFF_RESET,
  OPEN_TIMEOUT,
  PING_AFTER,
  PONG_TIMEOUT,
  QUIET_WAIT,
  REFUSALS,
  RENEW_AFTER_MAX,
  RENEW_AFTER_MIN,
  RENEW_GAP,
  SIGNED_OUT_RETRY,
  THROTTLED_FLOOR,
  TOKEN_LEAD_MAX,
  TOKEN_LEAD_MIN,
  backoff,
} from "./constants.js";
import * as wire from "./wire.js";

const REFUSED = new Map([
  [401, "the server answers 401"],
  [403, "the server answers 403, as it does to a wrong address, too"], // API Gateway does so for an unknown path
]);
const TOO_MANY_REQUESTS = 429;
const POLICY_VIOLATION = 1008; // API Gateway's close code for a throttled client

/** The connection's state. Every attempt has a number, and inputs from earlier attempts are ignored. */
export class Connection {
  /** @type {State} */
  state = "stopped";
  attempt = 0;
  #user;
  #failures = 0;
  #refusals = 0;
  #refused = false;
  /** @type {number | null} */
  #expires = null;
  /** @type {number | null} */
  #liveSince = null;
  #sentAt = 0;
  #heardAt = 0;
  /** Infinite if no pong is awaited. */
  #pongBy = Infinity;
  #renewAt = Infinity;
  /** When connecting times out, or when waiting is over. */
  #until = Infinity;

  /** @param {string} user */
  constructor(user) {
    this.#user = user;
  }

  /** Whether there is an open socket. */
  get up() {
    return this.state === "syncing" || this.state === "live";
  }

  /**
   * Take an input about the connection.
   *
   * @param {ConnectionInput} given
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  take(given, now, chance, out) {
    if ("attempt" in given && given.attempt !== this.attempt) return;
    if (this.state === "stopped" && given.type !== "start") return;
    const connecting = this.state === "connecting";
    switch (given.type) {
      case "start":
        if (this.state === "stopped") this.#connect(now, out);
        break;
      case "stop":
        this.#leave("stopped", out);
        break;
      case "nudge":
        this.#nudge(now, out);
        break;
      case "tokenFetched":
        if (connecting) this.#gotToken(given.token, given.subject, given.expires, now, chance, out);
        break;
      case "tokenFailed":
        if (connecting) {
          if (given.refused) this.#noteRefusal(given.reason, out);
          this.#wait(now, chance, out, `no token: ${given.reason}`);
        }
        break;
      case "socketOpened":
        if (connecting) this.#opened(now, chance, out);
        break;
      case "socketFailed":
        if (connecting) this.#notOpened(given.status, given.reason, now, chance, out);
        break;
      case "socketClosed":
        this.#wait(
          now,
          chance,
          out,
          given.code === null ? "closed" : `closed with code ${given.code}`,
          given.code === POLICY_VIOLATION ? THROTTLED_FLOOR : 0,
        );
    }
  }

  /**
   * A frame has arrived, so the server is alive.
   *
   * @param {number} now
   */
  heard(now) {
    this.#heardAt = now;
    this.#pongBy = Infinity;
  }

  /**
   * Whether anything has been heard from the server after `moment`.
   *
   * @param {number} moment
   */
  heardSince(moment) {
    return this.#heardAt > moment;
  }

  /**
   * Send a frame through the current socket.
   *
   * @param {string} text
   * @param {number} now
   * @param {Output} out
   */
  transmit(text, now, out) {
    this.#sentAt = now;
    out.effects.push({ type: "sendFrame", attempt: this.attempt, text });
  }

  /**
   * The first sync of this socket is complete.
   *
   * @param {number} now
   * @param {Output} out
   */
  synced(now, out) {
    if (this.state !== "syncing") return;
    this.#refusals = 0;
    this.#liveSince = now;
    this.#enter("live", out);
  }

  /**
   * Give up a socket that appears open, because it is dead or for another reason.
   *
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  drop(now, chance, out, reason = "the server has fallen silent") {
    this.#wait(now, chance, out, reason);
  }

  /**
   * The server accepts no more commands with this token. The first time, reconnect at once; after that, wait.
   *
   * @param {string} reason
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  tokenExpired(reason, now, chance, out) {
    this.#forgive(now);
    const first = this.#failures === 0;
    this.#noteRefusal(reason, out);
    if (first) {
      this.#connect(now, out);
      this.#failures = 1;
    } else {
      this.#wait(now, chance, out, reason);
    }
  }

  /**
   * Do what is due. If `busy`, commands are unanswered, and a renewal waits a little for them.
   *
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   * @param {boolean} busy
   */
  tick(now, chance, out, busy) {
    if (this.#until <= now) {
      if (this.state === "waiting") this.#connect(now, out);
      else if (this.state === "connecting") this.#wait(now, chance, out, "timed out");
    }
    if (!this.up) return;
    if (this.#pongBy <= now) this.drop(now, chance, out);
    else if (this.#renewal(busy) <= now) this.#connect(now, out);
    else if (this.#pongBy === Infinity && this.#silentFrom + PING_AFTER <= now) this.#ping(now, out);
  }

  /**
   * When the next thing is due; infinite if nothing is.
   *
   * @param {boolean} busy
   */
  deadline(busy) {
    if (!this.up) return this.#until;
    return Math.min(this.#pongBy === Infinity ? this.#silentFrom + PING_AFTER : this.#pongBy, this.#renewal(busy));
  }

  /** When the last frame was sent, which keeps the socket open, or heard, which shows that it is alive. */
  get #silentFrom() {
    return Math.min(this.#sentAt, this.#heardAt);
  }

  /** @param {boolean} busy */
  #renewal(busy) {
    return this.#renewAt + (busy ? QUIET_WAIT : 0);
  }

  /**
   * @param {number} now
   * @param {Output} out
   */
  #connect(now, out) {
    this.#forgive(now);
    this.#leave("connecting", out);
    this.attempt++;
    this.#until = now + OPEN_TIMEOUT;
    out.effects.push({ type: "fetchToken", attempt: this.attempt, refused: this.#refused });
  }

  /**
   * @param {State} state
   * @param {Output} out
   * @param {number | null} pause
   */
  #leave(state, out, pause = null, reason = "") {
    if (this.up || this.state === "connecting") out.effects.push({ type: "closeSocket", attempt: this.attempt });
    this.#until = this.#pongBy = this.#renewAt = Infinity;
    this.#liveSince = null;
    this.#enter(state, out, pause, reason);
  }

  /**
   * @param {State} state
   * @param {Output} out
   * @param {number | null} retryIn
   */
  #enter(state, out, retryIn = null, reason = "") {
    if (state === this.state && retryIn === null) return;
    this.state = state;
    out.events.push({ type: "state", state, retryIn, reason });
  }

  /**
   * @param {number} now
   * @param {Output} out
   */
  #nudge(now, out) {
    if (this.state === "waiting") this.#connect(now, out);
    else if (this.up && this.#pongBy === Infinity) this.#ping(now, out);
  }

  /**
   * @param {number} now
   * @param {Output} out
   */
  #ping(now, out) {
    this.transmit(wire.PING, now, out);
    this.#pongBy = now + PONG_TIMEOUT;
  }

  /**
   * @param {string} token
   * @param {string | null} subject
   * @param {number | null} expires
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #gotToken(token, subject, expires, now, chance, out) {
    if (subject !== null && subject !== this.#user) {
      // This user's outbox must never be sent in another user's name.
      this.#refusals = REFUSALS - 1;
      const reason = "the token is another user's";
      this.#noteRefusal(reason, out);
      this.#wait(now, chance, out, reason);
      return;
    }
    this.#expires = expires;
    this.#until = now + OPEN_TIMEOUT;
    out.effects.push({ type: "openSocket", attempt: this.attempt, token });
  }

  /**
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #opened(now, chance, out) {
    this.#refused = false;
    this.#until = Infinity;
    this.#sentAt = this.#heardAt = now;
    this.#renewAt = now + RENEW_AFTER_MIN + chance * (RENEW_AFTER_MAX - RENEW_AFTER_MIN);
    if (this.#expires !== null) {
      const lead = TOKEN_LEAD_MAX - chance * (TOKEN_LEAD_MAX - TOKEN_LEAD_MIN);
      this.#renewAt = Math.max(Math.min(this.#renewAt, this.#expires - lead), now + RENEW_GAP);
    }
    this.#enter("syncing", out);
  }

  /**
   * @param {number | null} status
   * @param {string} reason
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   */
  #notOpened(status, reason, now, chance, out) {
    const refused = status === null ? undefined : REFUSED.get(status);
    if (refused !== undefined) this.#noteRefusal(refused, out);
    const floor = status === TOO_MANY_REQUESTS ? THROTTLED_FLOOR : 0;
    this.#wait(now, chance, out, status === null ? reason : `HTTP ${status}`, floor);
  }

  /**
   * @param {string} reason
   * @param {Output} out
   */
  #noteRefusal(reason, out) {
    this.#refused = true;
    if (++this.#refusals === REFUSALS) out.events.push({ type: "signedOut", reason });
  }

  /** @param {number} now */
  #forgive(now) {
    if (this.#liveSince !== null && now - this.#liveSince >= BACKOFF_RESET) this.#failures = 0;
  }

  /**
   * @param {number} now
   * @param {number} chance
   * @param {Output} out
   * @param {string} reason
   */
  #wait(now, chance, out, reason, floor = 0) {
    if (this.state === "waiting") return;
    this.#forgive(now);
    const signedOut = this.#refusals >= REFUSALS;
    const pause = signedOut ? (SIGNED_OUT_RETRY * (1 + chance)) / 2 : floor + backoff(this.#failures, chance);
    this.#failures++;
    this.#leave("waiting", out, pause, reason);
    this.#until = now + pause;
  }
}
