/**
 * What the server of a laptop offers beside the APIs (docs/local.md). None of it exists on AWS, where the page is another one
 * (app/).
 */

/** @returns {Promise<import("/parley/index.js").Settings>} what the client needs to connect */
export function readSettings() {
  return json("/settings.json");
}

/**
 * @typedef {{ id: string, name: string, email: string, password: string, role: "consumer" | "provider" }} Person
 * @returns {Promise<Person[]>} who can be shown without signing up
 */
export async function readPeople() {
  return (await json("/dev/people").catch(() => ({ people: [] }))).people;
}

/** @returns {Promise<Record<string, { per: number, tiers: { usd: number }[] }>>} AWS's prices */
export async function readPrices() {
  return (await json("/dev/prices").catch(() => ({ prices: {} }))).prices;
}

/**
 * @param {string} email
 * @returns {Promise<string | null>} the newest code that would have been e-mailed
 */
export async function readCode(email) {
  const { codes } = await json(`/dev/codes?email=${encodeURIComponent(email)}`).catch(() => ({ codes: [] }));
  return codes.at(-1)?.code ?? null;
}

/**
 * Disturbs a user's sockets.
 *
 * @param {"cut" | "lose_disconnect" | "double_frame"} action
 * @param {string} user
 * @param {string} device
 * @param {string} [route] with `double_frame`, the `action` of the frame that is meant
 * @returns {Promise<number>} how many sockets were meant
 */
export async function disturb(action, user, device, route) {
  const body = JSON.stringify({ action, user, device, route });
  const answer = await fetch("/dev/faults", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) throw new Error(`the local server refused: ${answer.status}`);
  return (await answer.json()).sockets;
}

/** How long (ms) to wait before a stream that the server has refused is opened again. */
const AGAIN = 2000;

/**
 * Follows a stream of the server while the page is visible. A browser opens six connections to one address at most, and
 * tabs in the background need none of them.
 *
 * @template T
 * @param {string} path
 * @param {string} name of the events
 * @param {(item: T) => void} handler called once for each item
 * @param {(up: boolean) => void} [reachable] called when the stream is open, and when it has been lost
 */
export function follow(path, name, handler, reachable = () => {}) {
  /** @type {EventSource | null} */
  let source = null;
  const isNew = once();
  const watch = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      const opened = new EventSource(path);
      source = opened;
      opened.addEventListener("open", () => reachable(true));
      opened.addEventListener("error", () => {
        if (opened !== source) return;
        reachable(false);
        if (opened.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        source = null;
        setTimeout(watch, AGAIN);
      });
      opened.addEventListener(name, (event) => {
        const item = JSON.parse(/** @type {MessageEvent} */ (event).data);
        if (isNew(item)) handler(item);
      });
    }
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}

/**
 * Tells whether an item of a stream has not been seen yet. Ids grow, but a server that was started again may count from 1:
 * then what happened later is new, whatever its id.
 *
 * @returns {(item: { id: number, at: number }) => boolean}
 */
export function once() {
  let last = { id: 0, at: 0 };
  return ({ id, at }) => {
    if (id <= last.id && at <= last.at) return false;
    last = { id, at: Math.max(at, last.at) };
    return true;
  };
}

/** @param {string} path */
async function json(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
