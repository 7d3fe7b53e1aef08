/** The page's modules without a document: what is told of a phone, what things cost, and what a frame is about. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { Costs, ENOUGH, money } from "../page/cost.js";
import { gist } from "../page/frames.js";
import { once } from "../page/local.js";
import { Story } from "../page/story.js";

const { prices } = JSON.parse(readFileSync(new URL("../../../infra/capacity/prices.json", import.meta.url), "utf8"));
const send = (id) => ({ action: "send", id, body: { text: "x" } });
const ack = (id, seq) => ({ type: "ack", id, seq, count: seq });
const texts = (lines) => lines.map(({ text }) => text);

describe("the story", () => {
  it("counts what waits in the outbox, and says when it is empty", () => {
    const story = new Story();
    assert.deepEqual(texts(story.event({ type: "queued", id: "a" }, 1)), ["in the outbox: 1"]);
    assert.deepEqual(texts(story.event({ type: "queued", id: "b" }, 2)), ["in the outbox: 2"]);
    assert.deepEqual(texts(story.event({ type: "state", state: "live" }, 2)), ["connected"]);
    story.frame("out", send("a"));
    assert.deepEqual(texts(story.frame("in", ack("a", 4))), ["sent from the outbox: number 4"]);
    assert.deepEqual(texts(story.event({ type: "sent", id: "a" }, 1)), []);
    assert.deepEqual(texts(story.event({ type: "sent", id: "b" }, 0)), ["the outbox is empty"]);
    assert.deepEqual(texts(story.event({ type: "sent", id: "c" }, 0)), []);
  });

  it("is silent about messages that are sent at once", () => {
    const story = new Story();
    story.event({ type: "state", state: "live" }, 0);
    assert.deepEqual(story.event({ type: "queued", id: "a" }, 1), []);
    assert.deepEqual(story.frame("out", send("a")), []);
    assert.deepEqual(story.frame("in", ack("a", 1)), []);
    assert.deepEqual(story.event({ type: "sent", id: "a" }, 0), []);
  });

  it("says that a message sent twice was stored once", () => {
    const story = new Story();
    story.frame("out", send("a"));
    assert.match(texts(story.frame("out", send("a")))[0], /^sent again/);
    assert.match(texts(story.frame("in", ack("a", 7)))[0], /^stored once, as number 7/);
  });

  it("says that a frame which reached the server twice was stored once", () => {
    const story = new Story();
    story.frame("out", send("a"));
    assert.deepEqual(story.frame("in", ack("a", 7)), []);
    assert.deepEqual(texts(story.frame("in", ack("a", 7))), ["arrived twice, stored once, as number 7"]);
  });

  it("says how much a sync has filled, once all of its pages are there", () => {
    const story = new Story();
    const page = (n, more) => ({ type: "synced", entries: Array(n).fill({}), more });
    assert.deepEqual(story.frame("in", page(2, true)), []);
    assert.deepEqual(texts(story.frame("in", page(1, false))), ["sync filled 3"]);
    assert.deepEqual(story.frame("in", page(0, false)), []);
  });

  it("says that a push waits for a phone without a network", () => {
    const push = { title: "Ben", text: "Friday?", badge: 2 };
    assert.equal(new Story().push(push, true).text, "push sent: Ben: “Friday?” · badge 2");
    assert.match(new Story().push(push, false).text, /waits for a network$/);
  });
});

describe("the costs", () => {
  const invocation = (given) => ({ function: "MessageFunction", route: "send", ms: 10, calls: [], ...given });

  it("are those of the frames, in units of 32 KB", () => {
    const costs = new Costs(prices);
    assert.equal(costs.frame("send", "{}").toFixed(9), "0.000001000");
    assert.equal(costs.frame("send", "x".repeat(32 * 1024 + 1)).toFixed(9), "0.000002000");
    assert.equal(costs.total.toFixed(9), "0.000003000");
  });

  it("are those of a function's request, time and units", () => {
    const calls = [{ operation: "BatchGetItem", readUnits: 3, writeUnits: 0 }, { operation: "PutItem", readUnits: 0, writeUnits: 1 }];
    const expected = 0.2e-6 + 0.01 * 0.5 * 0.0000133334 + 3 * 0.125e-6 + 0.625e-6;
    assert.equal(new Costs(prices).invocation(invocation({ calls })).toFixed(12), expected.toFixed(12));
  });

  it("have a request's price for HTTP routes only", () => {
    const costs = new Costs(prices);
    const more = costs.invocation(invocation({ route: "GET /me" })) - costs.invocation(invocation({}));
    assert.equal(more.toFixed(9), "0.000001000");
  });

  it("are counted on to a million messages, without those of connecting", () => {
    const costs = new Costs(prices);
    assert.equal(costs.perMillion, null);
    for (let i = 0; i < 12; i += 1) costs.frame("message", "{}");
    for (const kind of ["sync", "synced", "presence"]) costs.frame(kind, "{}");
    costs.invocation(invocation({ route: "$connect" }));
    costs.messages = ENOUGH - 1;
    assert.equal(costs.perMillion, null, "too few to tell");
    costs.messages = 12;
    assert.equal(costs.perMillion?.toFixed(3), "1.000");
  });

  it("are written in millionths of a dollar below a cent", () => {
    assert.deepEqual([12.345, 0.0234, 0.001234, 0.0000123, 0.00000067, 0].map(money),
      ["$12.35", "$0.02", "1234 µ$", "12.3 µ$", "0.67 µ$", "0.00 µ$"]);
  });
});

describe("the gist of a frame", () => {
  for (const [frame, expected] of [
    [{ action: "send", body: { text: "hello" } }, "hello"],
    [{ type: "message", entry: { seq: 4, kind: "message", body: { text: "hi" } } }, "4 hi"],
    [{ type: "ack", seq: 4, count: 4 }, "number 4"],
    [{ action: "mark", conversation: "dm:a:b", delivered: 3 }, "delivered 3"],
    [{ type: "receipt", marks: { user: "u", delivered: 3, read: 2 } }, "delivered 3 · read 2"],
    [{ type: "synced", entries: [{}, {}] }, "2 entries"],
    [{ type: "error", code: "rate_limited" }, "rate_limited"],
    [{ type: "pong" }, ""],
  ]) {
    it(JSON.stringify(frame), () => assert.equal(gist(frame), expected));
  }
});

describe("a stream's items", () => {
  it("are new once, also after the server has begun to count again", () => {
    const isNew = once();
    const item = (id, at) => ({ id, at });
    assert.deepEqual([item(1, 10), item(2, 30), item(3, 20), item(2, 30)].map(isNew), [true, true, true, false]);
    assert.deepEqual([item(1, 100), item(2, 90), item(1, 100), item(2, 90), item(3, 110)].map(isNew), [true, true, false, false, true]);
  });
});
