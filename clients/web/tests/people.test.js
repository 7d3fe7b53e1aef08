/** What the elements show of others' presence. The elements' base classes are a browser's; here they are empty. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

globalThis.HTMLElement ??= class {};
globalThis.CSSStyleSheet ??= class {
  replaceSync() {}
};
const { people } = await import("../elements/people.js");

class FakeClient {
  user = "ada";
  state = "connecting";
  rest = null;
  asked = [];
  online = {};
  #handlers = [];

  on(_type, handler) {
    this.#handlers.push(handler);
  }

  async presence(users) {
    this.asked.push(users);
    return Object.fromEntries(users.map((user) => [user, { online: !!this.online[user], seen: 5 }]));
  }

  async say(event) {
    if (event.type === "state") this.state = event.state;
    for (const handler of this.#handlers) handler(event);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("presence", () => {
  let client;
  const ben = () => people(client).get("ben");
  const state = (name) => client.say({ type: "state", state: name });

  beforeEach(async () => {
    client = new FakeClient();
    await people(client).watch(["ben"]);
  });

  it("is asked for as soon as there is a connection", async () => {
    assert.deepEqual(client.asked, []);
    client.online.ben = true;
    await state("live");
    assert.deepEqual([client.asked, ben().online], [[["ben"]], true]);
  });

  it("is unknown while there is none", async () => {
    client.online.ben = true;
    await state("live");
    await state("waiting");
    assert.deepEqual([ben().online, ben().seen], [undefined, undefined]);
    await state("live");
    assert.equal(ben().online, true);
  });

  for (const event of [{ type: "received", entry: { sender: "ben" } }, { type: "receipt", user: "ben" }]) {
    it(`is asked for again on a ${event.type} event of somebody who was away`, async () => {
      await state("live");
      assert.equal(ben().online, false);
      client.online.ben = true;
      await client.say(event);
      assert.equal(ben().online, true);
      await client.say(event);
      assert.equal(client.asked.length, 2, "who is online is not asked about");
    });
  }

  it("is not asked for because of what a sync brings, or of strangers", async () => {
    await state("syncing");
    await client.say({ type: "received", entry: { sender: "ben" } });
    assert.deepEqual(client.asked, []);
    await state("live");
    await client.say({ type: "received", entry: { sender: "eve" } });
    assert.deepEqual(client.asked, [["ben"]]);
  });
});
