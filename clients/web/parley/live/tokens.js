/** Access tokens: the interface of a token source, and reading a token's claims. */

/**
 * `user` is the signed-in user's id, known without a network. `token` returns an access token with some minutes left, and is
 * called before each connection; `refused` says that the server did not accept the last one. It rejects with `SignInRequired`, or
 * any other error for a failure that may pass.
 *
 * @typedef {{ readonly user: string | null, token: (options: { refused: boolean }) => Promise<string> }} TokenSource
 */

/** There is no token until the user signs in again. */
export class SignInRequired extends Error {
  /** @override */
  name = "SignInRequired";
}

/**
 * A JWT's claims, unverified: use them for planning, never for trust. Empty if it cannot be read.
 *
 * @param {string} token
 * @returns {Record<string, any>}
 */
export function claims(token) {
  try {
    const binary = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const text = decodeURIComponent([...binary].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""));
    const said = JSON.parse(text);
    return typeof said === "object" && said !== null ? said : {};
  } catch {
    return {};
  }
}
