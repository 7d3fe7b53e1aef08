/** What the ids of conversations say. */

/** The conversation of two users. @param {string} one @param {string} other */
export const direct = (one, other) => `dm:${[one, other].sort().join(":")}`;

/**
 * The other user of a direct conversation; empty for any other kind.
 *
 * @param {string} id
 * @param {string} me
 */
export function others(id, me) {
  const [kind, one, other] = id.split(":");
  return kind === "dm" ? (one === me ? other : one) : "";
}
