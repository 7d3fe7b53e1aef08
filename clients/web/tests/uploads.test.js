/** Messages with files in the elements, while a network comes and goes. The elements' base classes are a browser's; here they are empty. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { Problem, Unreachable } from "../parley/http/problems.js";

globalThis.HTMLElement ??= class {};
globalThis.CSSStyleSheet ??= class {
  replaceSync() {}
};
const { uploads } = await import("../elements/conversation/uploads.js");

const photo = new File(["bytes"], "face.png", { type: "image/png" });

/** A client whose uploads end as it is told. */
class FakeClient {
  failures = [];
  uploaded = 0;
  sent = [];
  #handlers = [];

  on(_type, handler) {
    this.#handlers.push(handler);
  }

  async upload() {
    this.uploaded += 1;
    const failure = this.failures.shift();
    if (failure) throw failure;
    return { media: "M1", type: "image/png" };
  }

  async send(where, message) {
    this.sent.push([where, message.media]);
  }

  async live() {
    for (const handler of this.#handlers) handler({ type: "state", state: "live" });
    await settled();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("an upload", () => {
  let client;
  const list = () => uploads(client, "ben").list;
  const add = async () => {
    uploads(client, "ben").add("look", [photo]);
    await settled();
  };

  beforeEach(() => (client = new FakeClient()));

  it("that was cut off goes on with the next connection, and is sent once", async () => {
    client.failures = [new Unreachable("cut"), new Unreachable("cut again")];
    await add();
    assert.deepEqual(list().map(({ failed, interrupted }) => [failed, interrupted]), [[true, true]]);
    await client.live();
    assert.equal(list()[0].interrupted, true);
    await client.live();
    assert.deepEqual([list(), client.sent], [[], [["ben", ["M1"]]]]);
    await client.live();
    assert.equal(client.uploaded, 3);
  });

  it("that the server has refused waits for its user", async () => {
    client.failures = [new Problem(400, { code: "bad_request", detail: "no" })];
    await add();
    await client.live();
    assert.deepEqual([client.uploaded, list()[0].failed, list()[0].interrupted], [1, true, false]);
  });

  it("that was given up does not go on", async () => {
    client.failures = [new Unreachable("cut")];
    await add();
    uploads(client, "ben").cancel(list()[0].id);
    await client.live();
    assert.deepEqual([client.uploaded, client.sent], [1, []]);
  });
});
