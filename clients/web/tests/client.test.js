import "fake-indexeddb/auto";

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Client, IndexedDBStore, MemoryStore, SignInRequired, connect, prepare } from "../parley/core.js";
import { steadyClock } from "../parley/live/clock.js";
import { Tabs } from "../parley/live/tabs.js";
import { Locks, Network, authOf, until } from "./fakes.js";

const DM = "dm:me:you";
const settings = { socketUrl: "wss://server/live" };
const opened = [];
after(() => Promise.all(opened.map((client) => client.close())));

const entry = (seq, sender = "you", id = `${sender}${seq}`) => ({
  conversation: DM, seq, count: seq, id, kind: "message", sender, at: 1000 + seq, body: { text: `text ${seq}` },
});
const ack = ({ id }, seq) => ({ type: "ack", id, conversation: DM, seq, count: seq, at: 1000 + seq });

async function start(given = {}) {
  const network = new Network();
  const coming = network.next();
  const store = given.store ?? new MemoryStore("me");
  const client = await connect({ settings, auth: authOf("me"), socket: network.open, chance: () => 0, ...given, store });
  opened.push(client);
  return { client, network, store, socket: await coming };
}

test("it opens with the token and the device, and is live after the first sync", async () => {
  const { client, socket } = await start({ deviceId: "phone" });
  assert.equal(socket.url, "wss://server/live?device=phone");
  assert.equal(socket.protocols[0], "parley.v1");
  await socket.live();
  await until(() => client.state === "live");
});

test("where there is no WebSocket and no socket is given, no client is made", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  delete globalThis.WebSocket;
  try {
    await assert.rejects(connect({ settings, auth: authOf("me"), store: new MemoryStore("me") }), {
      name: "TypeError", message: /no WebSocket here: give `socket`/,
    });
  } finally {
    if (own) Object.defineProperty(globalThis, "WebSocket", own);
  }
});

test("what is sent is shown at once, then acknowledged, read, and the same to a new client", async () => {
  const { client, socket, store } = await start();
  const events = [];
  client.on("*", ({ type }) => events.push(type));
  await client.send("you", { text: "hello", id: "m1" });
  const states = async () => (await client.messages("you")).map(({ id, state }) => [id, state]);
  assert.deepEqual(await states(), [["m1", "waiting"]]);
  await socket.live();
  const sent = await socket.sent("send");
  assert.deepEqual(sent, { action: "send", id: "m1", to: "you", after: 0, body: { text: "hello" } });
  socket.say(ack(sent, 1));
  await until(() => client.idle);
  assert.deepEqual(await states(), [["m1", "sent"]]);
  socket.say({ type: "receipt", marks: { conversation: DM, user: "you", delivered: 1, read: 0 } });
  await until(async () => (await states())[0][1] === "delivered");
  socket.say({ type: "receipt", marks: { conversation: DM, user: "you", delivered: 1, read: 1 } });
  await until(async () => (await states())[0][1] === "read");
  assert.deepEqual(events.filter((type) => ["queued", "sent", "received"].includes(type)), ["queued", "sent", "received"]);
  await client.close();
  const again = await start({ store });
  assert.deepEqual((await again.client.messages("you")).map(({ id }) => id), ["m1"]);
  await again.client.send("you", { text: "hello", id: "m1" });
  await again.socket.live();
  await until(() => again.client.state === "live");
  assert.deepEqual(again.socket.frames.filter(({ action }) => action === "send"), []);
});

test("a message that is refused stays visible, and can be sent again or dismissed", async () => {
  const { client, socket } = await start();
  await socket.live();
  await client.send("you", { text: "hello", id: "m1" });
  socket.say({ type: "error", id: (await socket.sent("send")).id, code: "blocked", message: "no", retryable: false });
  await until(async () => (await client.undelivered()).length);
  const [shown] = await client.messages("you");
  assert.deepEqual([shown.state, shown.code, shown.reason, shown.text], ["failed", "blocked", "no", "hello"]);
  await client.resend("m1");
  assert.equal((await client.messages("you"))[0].state, "waiting");
  socket.say({ type: "error", id: (await socket.sent("send")).id, code: "blocked", message: "no", retryable: false });
  await until(async () => (await client.undelivered()).length);
  await client.dismiss("m1");
  assert.deepEqual(await client.messages("you"), []);
});

test("what could never be sent is refused before it is stored", async () => {
  const { client } = await start();
  for (const [where, content] of [["me", { text: "x" }], ["you", { text: "" }], ["you", { text: "x", id: "_1" }], ["a b", { text: "x" }]]) {
    await assert.rejects(client.send(where, content), RangeError);
  }
  assert.deepEqual(await client.outbox(), []);
});

test("entries arrive once and in order, are confirmed, and reading is told", async () => {
  const { client, socket } = await start();
  const received = [];
  client.on("received", ({ entry: { seq } }) => received.push(seq));
  await socket.live([entry(1)]);
  for (const seq of [3, 2, 2]) socket.say({ type: "message", entry: entry(seq) });
  await until(() => received.length === 3);
  assert.deepEqual(received, [1, 2, 3]);
  assert.equal((await socket.sent("mark")).delivered, 3);
  assert.equal((await client.conversations())[0].unread, 3);
  await client.markRead("you");
  assert.equal((await client.conversations())[0].unread, 0);
  assert.equal((await socket.sent("mark")).read, 3);
});

test("typing, presence and news are passed on", async () => {
  const { client, socket } = await start();
  const told = [];
  client.on("typing", ({ user, typing }) => told.push([user, typing]));
  client.on("news", ({ frame }) => told.push(frame));
  await socket.live([entry(1)]);
  await until(() => client.state === "live");
  client.typing("you");
  assert.equal((await socket.sent("typing")).conversation, DM);
  socket.say({ type: "typing", conversation: DM, user: "you" });
  socket.say({ type: "data", key: "k", version: 1, deleted: false, value: 1 });
  await until(() => told.length === 2);
  assert.deepEqual(told, [["you", true], { type: "data", key: "k", version: 1, deleted: false, value: 1 }]);
  const asked = client.presence(["you"]);
  const { id } = await socket.sent("presence");
  socket.say({ type: "presence", id, users: { you: { online: true, seen: null } } });
  assert.deepEqual(await asked, { you: { online: true, seen: null } });
  assert.throws(() => client.presence([]), RangeError);
});

test("a handler that throws disturbs nobody", async () => {
  const { client, socket } = await start();
  const seen = [];
  const { reportError } = globalThis;
  globalThis.reportError = (error) => seen.push(error.message);
  client.on("state", () => {
    throw new Error("mine");
  });
  const off = client.on("state", ({ state }) => seen.push(state));
  await socket.live();
  await until(() => seen.includes("live"));
  off();
  socket.end();
  await until(() => client.state === "waiting" || client.state === "connecting");
  globalThis.reportError = reportError;
  assert.ok(seen.includes("mine"));
  assert.ok(!seen.includes("waiting"));
});

test("a lost socket is replaced, and what was in flight is sent again under its id", async () => {
  const { client, network, socket } = await start();
  await socket.live();
  await client.send("you", { text: "hello", id: "m1" });
  await socket.sent("send");
  const coming = network.next();
  socket.end();
  const next = await (await coming).live();
  assert.equal((await next.sent("send")).id, "m1");
});

test("a refused token is noticed by asking the HTTP API, where the socket does not say", async () => {
  const asked = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (url, { headers }) => {
    asked.push([url, headers.Authorization.slice(0, 7)]);
    return new Response("", { status: 401 });
  };
  const refusals = [];
  const auth = authOf("me");
  const { token } = auth;
  auth.token = ({ refused }) => (refusals.push(refused), token());
  const { client, network, socket } = await start({ settings: { ...settings, httpUrl: "https://http/" }, auth });
  const coming = network.next();
  socket.end();
  await coming;
  globalThis.fetch = fetch;
  assert.deepEqual(asked, [["https://http/me", "Bearer "]]);
  assert.deepEqual(refusals, [false, true]);
  await client.close();
});

test("without a user there is no client, and a source that wants a sign-in says so three times at most", async () => {
  await assert.rejects(prepare({ settings, auth: authOf(null) }), SignInRequired);
  const refused = authOf("me", { token: async () => Promise.reject(new SignInRequired("sign in")) });
  const client = new Client(await prepare({ settings, auth: refused, store: new MemoryStore("me"), socket: new Network().open, chance: () => 0 }));
  opened.push(client);
  const told = [];
  client.on("signedOut", ({ reason }) => told.push(reason));
  await client.start();
  await until(() => told.length);
  assert.deepEqual(told, ["sign in"]);
});

test("a store that fails stops the client, which says so", async () => {
  const { client, socket, store } = await start();
  const told = [];
  client.on("stopped", ({ error }) => told.push(error.message));
  store.apply = async () => Promise.reject(new Error("full"));
  await assert.rejects(client.send("you", { text: "x" }), /full/);
  assert.deepEqual(told, ["full"]);
  assert.ok(socket.closed);
  await assert.rejects(client.send("you", { text: "x" }), /closed/);
});

test("a reader of events that is slow gets one refresh in place of what it missed", async () => {
  const { client, socket } = await start();
  const feed = client.events();
  await socket.live();
  socket.say({ type: "message", entry: entry(1) });
  for (let n = 0; n < 1100; n++) socket.say({ type: "data", key: "k", version: n, deleted: false });
  await until(() => client.idle);
  const types = [];
  await client.close();
  for await (const { type } of feed) types.push(type);
  assert.equal(types.filter((type) => type === "refresh").length, 1);
  assert.equal(types[0], "refresh");
});

test("the clock includes sleep, does not go back, and does not drift with the wall clock's rounding", () => {
  const now = { monotonic: 0, wall: 50_000 };
  const clock = steadyClock(() => now.monotonic, () => now.wall);
  for (let n = 0; n < 1000; n++) {
    now.monotonic += 0.4;
    now.wall = 50_000 + Math.round(now.monotonic);
    clock();
  }
  assert.equal(clock().toFixed(3), "0.400");
  now.wall += 3_600_000;
  assert.equal(Math.round(clock()), 3600);
  now.wall -= 9_000_000;
  now.monotonic += 1000;
  assert.equal(Math.round(clock()), 3601);
});

// -- several tabs

async function tab(locks, name) {
  const network = new Network();
  const store = await IndexedDBStore.open("me", name);
  const tabs = new Tabs(name, locks, new BroadcastChannel(name));
  const options = await prepare({ settings, auth: authOf("me"), store, socket: network.open, chance: () => 0 });
  const client = new Client({ ...options, tabs });
  opened.push(client);
  const seen = [];
  client.on("*", (event) => seen.push(event));
  const coming = network.next();
  await client.start();
  return { client, network, seen, coming };
}

test("one tab has the socket; what another writes goes through it, and both hear what comes", async () => {
  const locks = new Locks();
  const first = await tab(locks, "two-tabs");
  const second = await tab(locks, "two-tabs");
  assert.deepEqual([first.client.leading, second.client.leading], [true, false]);
  const socket = await (await first.coming).live();
  await until(() => second.client.state === "live");
  await second.client.send("you", { text: "from the second", id: "m2" });
  const sent = await socket.sent("send");
  assert.equal(sent.body.text, "from the second");
  socket.say(ack(sent, 1));
  await until(() => second.seen.some(({ type }) => type === "received"));
  assert.deepEqual((await second.client.messages("you")).map(({ id, state }) => [id, state]), [["m2", "sent"]]);
  assert.equal(second.seen.filter(({ type }) => type === "queued").length, 1);
  assert.equal(second.network.sockets.length, 0);
  const asked = second.client.presence(["you"]);
  const { id } = await socket.sent("presence");
  socket.say({ type: "presence", id, users: { you: { online: true, seen: null } } });
  assert.deepEqual(await asked, { you: { online: true, seen: null } });
});

test("when the leading tab closes another leads, and sends what no one has taken", async () => {
  const locks = new Locks();
  const first = await tab(locks, "leaving");
  const second = await tab(locks, "leaving");
  const socket = await (await first.coming).live();
  await until(() => second.client.state === "live");
  socket.say({ type: "message", entry: entry(1) });
  await until(() => second.seen.some(({ type }) => type === "received"));
  const coming = second.network.next();
  await first.client.close();
  await second.client.send("you", { text: "between", id: "m2" });
  const next = await coming;
  assert.ok(second.client.leading);
  assert.ok(second.seen.some(({ type }) => type === "refresh"));
  next.onopen({});
  const sync = await next.sent("sync");
  assert.deepEqual(sync.since, { [DM]: 1 });
  next.say({ type: "synced", id: sync.id, entries: [], marks: [], conversations: [{ conversation: DM, seq: 1 }], more: false });
  const sent = await next.sent("send");
  assert.deepEqual([sent.id, sent.after], ["m2", 1]);
});

test("a hidden leader says when it is due, and a visible tab then calls it", async () => {
  const locks = new Locks();
  const first = await tab(locks, "hidden");
  await tab(locks, "hidden");
  const channel = new BroadcastChannel("hidden");
  const told = [];
  channel.onmessage = ({ data }) => told.push(data);
  globalThis.document = { visibilityState: "hidden", addEventListener() {} };
  const socket = await (await first.coming).live();
  await until(() => told.some((data) => "due" in data));
  assert.ok(!told.some((data) => "tick" in data));
  delete globalThis.document;
  channel.postMessage({ due: 1 });
  await until(() => told.some((data) => "tick" in data));
  channel.close();
  await first.client.close();
  assert.ok(socket.closed);
});

test("a tab that closes before it ever led leaves the others as they are", async () => {
  const locks = new Locks();
  const first = await tab(locks, "never-led");
  const second = await tab(locks, "never-led");
  const third = await tab(locks, "never-led");
  await (await first.coming).live();
  await second.client.close();
  await assert.rejects(second.client.send("you", { text: "x" }), /closed/);
  await until(() => third.client.state === "live");
  await first.client.close();
  await until(() => third.client.leading);
});
