/**
 * What AWS would charge for what is seen here. Units are counted; prices are those of `infra/capacity/prices.json`.
 *
 * Lambda is charged by this machine's milliseconds, which are not AWS's. Log lines, storage and the minutes of open
 * sockets are left out: docs/scale.md has all of it.
 */

/** Memory of the functions that have more than the others, in MB (`infra/templates/`). */
const MEMORY = [
  { name: /Verif|Upload/, mb: 1536 },
  { name: /./, mb: 512 },
];
/** API Gateway meters a message in units of 32 KB, and a Lambda in whole milliseconds. */
const METERED = 32 * 1024;

/**
 * @typedef {{ service: string, operation: string, ms: number, readUnits: number, writeUnits: number, status: number }} Call
 * @typedef {{ id: number, function: string, route: string, request: string, connection: string | null,
 *   user: string | null, at: number, ms: number, error: string | null, calls: Call[] }} Invocation
 */

/** Before so many messages, one of them weighs too much for a figure about a million. */
export const ENOUGH = 10;

/** The frames, routes and triggers of a message's life; the others are those of connecting and looking around. */
const LIFE = new Set(["send", "ack", "message", "mark", "receipt", "stream", "push"]);

export class Costs {
  total = 0;
  /** How many messages have been stored. */
  messages = 0;
  #lives = 0;
  #prices;

  /** @param {Record<string, { per: number, tiers: { usd: number }[] }>} prices */
  constructor(prices) {
    this.#prices = prices;
  }

  /**
   * @param {string} kind its `action` or `type`
   * @param {string} text a frame, in either direction
   * @returns {number} dollars
   */
  frame(kind, text) {
    const bytes = new TextEncoder().encode(text).length;
    return this.#add(kind, Math.max(1, Math.ceil(bytes / METERED)) * this.#price("websocket_messages"));
  }

  /**
   * @param {Invocation} invocation
   * @returns {number} dollars, with those of its calls
   */
  invocation(invocation) {
    const { mb } = /** @type {{ mb: number }} */ (MEMORY.find(({ name }) => name.test(invocation.function)));
    let usd = this.#price("lambda_requests");
    usd += (Math.ceil(invocation.ms) / 1000) * (mb / 1024) * this.#price("lambda_gb_seconds");
    if (/^[A-Z]+ \//.test(invocation.route)) usd += this.#price("http_requests");
    for (const { readUnits, writeUnits } of invocation.calls) {
      usd += (readUnits ?? 0) * this.#price("read_units") + (writeUnits ?? 0) * this.#price("write_units");
    }
    return this.#add(invocation.route, usd);
  }

  /** @returns {number} dollars */
  push() {
    return this.#add("push", this.#price("pushes"));
  }

  /** @returns {number | null} what the lives of a million messages cost if they are as those so far; null while these are few */
  get perMillion() {
    return this.messages >= ENOUGH ? (this.#lives / this.messages) * 1e6 : null;
  }

  /**
   * @param {string} kind
   * @param {number} usd
   */
  #add(kind, usd) {
    this.total += usd;
    if (LIFE.has(kind)) this.#lives += usd;
    return usd;
  }

  /** @param {string} name */
  #price(name) {
    const price = this.#prices[name];
    return price ? price.tiers[0].usd / price.per : 0;
  }
}

/**
 * @param {number} usd
 * @returns {string} in millionths of a dollar, of which what is seen here costs some; or in dollars from one cent on
 */
export function money(usd) {
  if (usd >= 0.01) return `$${usd.toFixed(2)}`;
  const micro = usd * 1e6;
  return `${micro.toFixed(micro >= 100 ? 0 : micro >= 10 ? 1 : 2)} µ$`;
}
