/**
 * A signal that aborts after some milliseconds. React Native has no `AbortSignal.timeout`.
 *
 * @param {number} ms
 * @returns {AbortSignal}
 */
export function timeout(ms) {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms);
  const given = new AbortController();
  setTimeout(() => given.abort(new Error("timed out")), ms);
  return given.signal;
}
