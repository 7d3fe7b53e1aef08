/** The story on the page, on phones that only take notes, without its pauses. */

import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

import { play } from "../page/tour.js";

class FakePhone extends EventTarget {
  online = true;
  client = null;
  sent = [];

  constructor(user) {
    super();
    this.user = user;
  }

  async openApp() {
    this.client ??= { send: async (_to, { text }) => this.sent.push(text), typing: () => {} };
  }

  async kill() {
    this.client = null;
  }

  async loseDisconnect() {
    this.online = false;
  }

  restoreNetwork() {
    this.online = true;
  }
}

async function played(meanwhile) {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const [ada, ben] = [new FakePhone("ada"), new FakePhone("ben")];
    let [caption, ended] = ["", false];
    const end = play(ada, ben, (text) => {
      caption = text;
    }).finally(() => (ended = true));
    while (!ended) {
      meanwhile(ada, ben);
      mock.timers.tick(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await end;
    return { ada, ben, caption };
  } finally {
    mock.timers.reset();
  }
}

describe("the story on the page", () => {
  for (const [what, meanwhile] of [
    ["nobody touches a phone", () => {}],
    ["both apps are killed again and again", (ada, ben) => [ada, ben].map((phone) => phone.kill())],
  ]) {
    it(`plays to its end while ${what}`, async () => {
      const { ada, ben, caption } = await played(meanwhile);
      assert.match(caption, /^Your turn/);
      assert.deepEqual([ada.sent.length, ben.sent.length], [2, 3]);
      assert.ok(ada.online);
    });
  }
});
