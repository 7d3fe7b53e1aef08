/**
 * The core: the session machine, its shell, and the stores. `index.js` adds HTTP and Cognito.
 *
 * @import { OpenSocket } from "./live/socket.js"
 * @import { Store } from "./live/store.js"
 * @import { TokenSource } from "./live/tokens.js"
 */

import { Client } from "./live/client.js";
import { steadyClock } from "./live/clock.js";
import { IndexedDBStore } from "./live/indexeddb_store.js";
import { MemoryStore } from "./live/memory_store.js";
import { httpProbe } from "./live/socket.js";
import { Tabs } from "./live/tabs.js";
import { SignInRequired } from "./live/tokens.js";

export { Client } from "./live/client.js";
export { IndexedDBStore } from "./live/indexeddb_store.js";
export { MemoryStore } from "./live/memory_store.js";
export { StoreError } from "./live/store.js";
export { SignInRequired } from "./live/tokens.js";
export { Session } from "./protocol/session.js";
export { direct } from "./protocol/values.js";

/** @typedef {{ socketUrl: string, httpUrl?: string | null }} ConnectionSettings */

/**
 * README.md describes the options.
 *
 * @typedef {object} ConnectOptions
 * @property {ConnectionSettings} settings
 * @property {TokenSource} auth
 * @property {string} [name]
 * @property {Store} [store]
 * @property {OpenSocket} [socket]
 * @property {typeof fetch} [fetch]
 * @property {string} [deviceId]
 * @property {() => number} [clock]
 * @property {() => number} [chance]
 */

/**
 * A client that has been started, for the user who is signed in.
 *
 * @param {ConnectOptions} options
 * @returns {Promise<import("./live/client.js").Client>}
 * @throws {SignInRequired} nobody is signed in
 * @throws {TypeError} there is no `WebSocket`, and no `socket` is given
 * @throws {import("./live/store.js").StoreError} the store cannot be used
 */
export async function connect(options) {
  return new Client(await prepare(options)).start();
}

/**
 * What a client is made of, with the defaults filled in.
 *
 * @param {ConnectOptions} options
 * @returns {Promise<import("./live/client.js").ClientOptions>}
 */
export async function prepare({ settings, auth, name = "default", store, socket, fetch: fetcher, deviceId, clock, chance }) {
  const { user } = auth;
  if (!user) throw new SignInRequired("nobody is signed in");
  if (!socket && !globalThis.WebSocket) {
    throw new TypeError("there is no WebSocket here: give `socket`, a function that opens one (in Node before 22, with the package `ws`)");
  }
  const shared = !store && Boolean(globalThis.indexedDB);
  const held = store ?? (shared ? await IndexedDBStore.open(user, name) : new MemoryStore(user));
  if (deviceId) held.device = deviceId;
  return {
    store: held,
    url: settings.socketUrl,
    auth,
    open: socket ?? ((url, protocols) => new WebSocket(url, protocols)),
    probe: settings.httpUrl ? httpProbe(settings.httpUrl, fetcher ?? ((...given) => fetch(...given))) : null,
    clock: clock ?? steadyClock(),
    chance: chance ?? Math.random,
    tabs: shared ? Tabs.join(`parley:${name}:${user}`) : null,
  };
}
