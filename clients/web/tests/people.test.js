/** What the elements show of others' presence. The elements' base classes are a browser's; here they are empty. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

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

  it("is asked for every 30 seconds while the page can be seen, until it is no longer shown", async () => {
    await state("live");
    mock.timers.enable({ apis: ["setInterval"] });
    globalThis.document = { visibilityState: "visible" };
    const shown = new AbortController();
    people(client).follow(shown.signal, () => ["ben", "eve"]);
    const times = () => client.asked.filter((users) => users.length === 2).length;
    assert.equal(times(), 1);
    mock.timers.tick(29_999);
    assert.equal(times(), 1);
    mock.timers.tick(1);
    assert.equal(times(), 2);
    globalThis.document.visibilityState = "hidden";
    mock.timers.tick(60_000);
    assert.equal(times(), 2);
    globalThis.document.visibilityState = "visible";
    shown.abort();
    mock.timers.tick(60_000);
    assert.equal(times(), 2);
    mock.timers.reset();
    delete globalThis.document;
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

  describe("of somebody who is written to", () => {
    const sent = () => client.say({ type: "sent", conversation: "dm:ada:ben", id: "m", seq: 1 });

    beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
    afterEach(() => mock.timers.reset());

    it("is asked for again, once, if they do not confirm what they should have got at once", async () => {
      client.online.ben = true;
      await state("live");
      client.online.ben = false;
      await sent();
      await sent();
      mock.timers.tick(3_999);
      assert.equal(client.asked.length, 1);
      mock.timers.tick(1);
      await sent();
      assert.deepEqual([client.asked.length, ben().online], [2, false]);
      mock.timers.tick(60_000);
      assert.equal(client.asked.length, 2, "nothing is expected of somebody who is away");
    });

    for (const sign of [{ type: "receipt", user: "ben" }, { type: "received", entry: { sender: "ben" } }, { type: "typing", user: "ben", typing: true }]) {
      it(`costs nothing if a ${sign.type} shows that they are there`, async () => {
        client.online.ben = true;
        await state("live");
        await sent();
        await client.say(sign);
        mock.timers.tick(60_000);
        assert.equal(client.asked.length, 1);
      });
    }

    it("is not that of the members of a group, or of oneself", async () => {
      client.online.ben = true;
      await state("live");
      await client.say({ type: "sent", conversation: "g:01JDA0000000000000000000AA", id: "m", seq: 1 });
      mock.timers.tick(60_000);
      assert.equal(client.asked.length, 1);
    });
  });

  it("is not asked for because of what a sync brings, or of strangers", async () => {
    await state("syncing");
    await client.say({ type: "received", entry: { sender: "ben" } });
    assert.deepEqual(client.asked, []);
    await state("live");
    await client.say({ type: "received", entry: { sender: "eve" } });
    assert.deepEqual(client.asked, [["ben"]]);
  });
});

describe("the profile of somebody whom one may not see before the first message", () => {
  let client;
  let asked;
  let visible;
  const ben = () => people(client).get("ben").name;
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const sent = () => client.say({ type: "sent", conversation: "dm:ada:ben", id: "m", seq: 1 });

  beforeEach(() => {
    [client, asked, visible] = [new FakeClient(), 0, false];
    client.rest = { readUser: async () => {
      asked += 1;
      if (!visible) throw Object.assign(new Error("no such user"), { code: "not_found" });
      return { name: "Ben" };
    } };
  });

  it("is asked for again with the first message, and not before", async () => {
    ben();
    await settled();
    await client.say({ type: "state", state: "live" });
    ben();
    await settled();
    assert.equal(asked, 1);
    visible = true;
    await sent();
    assert.deepEqual([ben(), asked], ["Ben", 2]);
    await sent();
    assert.equal(asked, 2);
  });

  it("is not asked for until then if the app says whom it is about", async () => {
    people(client).introduce("ben", "Mr Miller");
    assert.deepEqual([ben(), asked], ["Mr Miller", 0]);
    visible = true;
    await client.say({ type: "received", entry: { sender: "ben" } });
    assert.deepEqual([ben(), asked], ["Ben", 1]);
  });

  it("is asked for again after any other failure, on the next connection", async () => {
    client.rest.readUser = async () => {
      asked += 1;
      throw new TypeError("no network");
    };
    ben();
    await settled();
    await client.say({ type: "state", state: "live" });
    ben();
    assert.equal(asked, 2);
  });
});
