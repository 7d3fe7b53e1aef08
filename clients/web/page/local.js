/**
 * What the server of a laptop offers beside the APIs (docs/local.md). None of it exists on AWS, where `people` is empty
 * and the streams stay silent.
 */

/** @returns {Promise<any>} what the client needs to connect */
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
 * @returns {Promise<number>} how many sockets were meant
 */
export async function disturb(action, user, device) {
  const body = JSON.stringify({ action, user, device });
  const answer = await fetch("/dev/faults", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) throw new Error(`the local server refused: ${answer.status}`);
  return (await answer.json()).sockets;
}

/**
 * Follows a stream of the server while the page is visible. A browser opens six connections to one address at most, and
 * tabs in the background need none of them.
 *
 * @template T
 * @param {string} path
 * @param {string} name of the events
 * @param {(item: T) => void} handler called once for each item
 */
export function follow(path, name, handler) {
  /** @type {EventSource | null} */
  let source = null;
  let last = 0;
  const watch = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource(path);
      source.addEventListener(name, (event) => {
        const item = JSON.parse(/** @type {MessageEvent} */ (event).data);
        if (item.id <= last) return;
        last = item.id;
        handler(item);
      });
    }
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}

/** @param {string} path */
async function json(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
