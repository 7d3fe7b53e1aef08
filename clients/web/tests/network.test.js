/** The page's phones without a network: nothing goes out, neither over sockets nor as requests. */

import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";

import { createClient, createRest, MemoryStore } from "../parley/index.js";
import { authOf } from "./fakes.js";

globalThis.WebSocket ??= class {
  static CONNECTING = 0;
};
globalThis.CloseEvent ??= class extends Event {};
const { Network } = await import("../page/network.js");

const user = "00000000-0000-4000-8000-00000000000a";
const settings = { socketUrl: "ws://127.0.0.1:9/live", httpUrl: "http://127.0.0.1:9" };

describe("a phone's network", () => {
  afterEach(() => {
    mock.restoreAll();
    delete globalThis.XMLHttpRequest;
  });

  it("once cut, lets no request of the client out, not even the one about a refused token", async () => {
    const asked = mock.method(globalThis, "fetch", async () => new Response("{}", { status: 401 }));
    const network = new Network(() => {});
    network.cut();
    const { socket, fetch } = network;
    const client = await createClient({ settings, auth: authOf(user), store: new MemoryStore(user), socket, fetch });
    while (client.state !== "waiting") await new Promise((resolve) => setTimeout(resolve, 10));
    await assert.rejects(fetch("http://127.0.0.1:9/me"), TypeError);
    await client.close();
    assert.equal(asked.mock.callCount(), 0);
  });

  it("when cut, ends the requests that are under way", async () => {
    mock.method(globalThis, "fetch", (_where, { signal }) => new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }));
    const network = new Network(() => {});
    const given = new AbortController();
    const [plain, own] = [network.fetch("http://127.0.0.1:9/me"), network.fetch("http://127.0.0.1:9/me", { signal: given.signal })];
    network.cut();
    for (const request of [plain, own]) await assert.rejects(request, TypeError);
  });

  it("when cut, ends the upload that is under way, wherever files would go by themselves", async () => {
    let post;
    const posted = new Promise((resolve) => (post = resolve));
    globalThis.XMLHttpRequest = class {
      constructor() {
        throw new Error("it goes past the network");
      }
    };
    mock.method(globalThis, "fetch", (where, { signal, body }) => {
      if (!(body instanceof FormData)) return Promise.resolve(Response.json({ media: "M1", url: "https://s3/", fields: {} }));
      post(where);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const network = new Network(() => {});
    const rest = createRest({ settings, auth: authOf(user), fetch: network.fetch });
    const upload = rest.upload(new Blob(["x"], { type: "image/png" }), "profile");
    assert.equal(await Promise.race([posted, upload]), "https://s3/");
    network.cut();
    await assert.rejects(upload, { name: "Unreachable" });
  });
});
