import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem, Unreachable } from "../parley/http/problems.js";
import { Rest } from "../parley/http/rest.js";
import { UserData } from "../parley/http/user_data.js";
import { authOf } from "./fakes.js";

/** An API that gives these answers in turn; an error stands for no answer. */
function api(...answers) {
  const asked = [];
  const pauses = [];
  const refused = [];
  const fetch = async (url, { method, headers, body }) => {
    asked.push({ method, url, headers, body: body instanceof FormData ? [...body.keys()] : body && JSON.parse(body) });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    const { status = 200, json, after } = answer;
    return new Response(json === undefined ? (status === 204 ? null : "") : JSON.stringify(json), {
      status,
      headers: after ? { "Retry-After": after } : {},
    });
  };
  const auth = authOf("me");
  const { token } = auth;
  auth.token = (options) => (refused.push(options.refused), token());
  const sleep = async (seconds) => pauses.push(seconds);
  return { asked, pauses, refused, rest: new Rest({ url: "https://api/", auth, fetch, sleep, chance: () => 0 }) };
}

test("a request carries the token, and ids are one part of its path", async () => {
  const { asked, rest } = api({ json: { user: "u" } });
  await rest.readUser("a/../b");
  await rest.listEntries("dm:a:b", { before: 9, after: undefined });
  assert.match(asked[0].headers.Authorization, /^Bearer e30\./);
  assert.deepEqual(asked.map(({ url }) => url), [
    "https://api/users/a%2F..%2Fb", "https://api/conversations/dm%3Aa%3Ab/entries?limit=50&before=9",
  ]);
  assert.throws(() => rest.readUser(".."), RangeError);
});

test("lists go page after page", async () => {
  const { asked, rest } = api({ json: { conversations: [1, 2], cursor: "c" } }, { json: { conversations: [3], cursor: null } });
  const found = [];
  for await (const item of rest.listConversations({ archived: true })) found.push(item);
  assert.deepEqual(found, [1, 2, 3]);
  assert.equal(asked[1].url, "https://api/conversations?archived=true&cursor=c");
});

test("providers are listed by category, and without one nothing is asked", async () => {
  const { asked, rest } = api({ json: { providers: [{ user: "u" }], cursor: null } });
  for (const category of [undefined, null, "", "Law", "a b", "x".repeat(41)]) {
    assert.throws(() => rest.listProviders(category), { name: "RangeError", message: /needs a category/ });
  }
  assert.deepEqual(asked, []);
  assert.deepEqual((await rest.listProviders("law").next()).value, { user: "u" });
  assert.equal(asked[0].url, "https://api/providers?category=law");
});

test("a failure that may pass is tried again, after what the server says and some more", async () => {
  const busy = { status: 503, after: "7", json: { code: "unavailable", detail: "no", retryable: true } };
  const { pauses, rest } = api(busy, new TypeError("cut"), { json: { user: "me" } });
  assert.deepEqual(await rest.readMe(), { user: "me" });
  assert.deepEqual(pauses, [7.25, 0.5]);
});

test("it gives up after five attempts", async () => {
  const { asked, rest } = api(new TypeError("cut"));
  await assert.rejects(rest.readMe(), Unreachable);
  assert.equal(asked.length, 5);
});

test("a refusal is a Problem, with API Gateway's own among them", async () => {
  const stale = api({ status: 409, json: { code: "conflict", detail: "no", retryable: false, current: { version: 2 } } });
  await assert.rejects(stale.rest.putData("k", 1, { version: 1 }), (error) => error instanceof Problem && error.current.version === 2);
  assert.equal(stale.asked.length, 1);
  const own = api({ status: 403, json: { message: "Forbidden" } });
  await assert.rejects(own.rest.readMe(), (error) => error.code === "forbidden" && !error.retryable);
});

test("a refused token is replaced once, at once", async () => {
  const { refused, pauses, rest } = api({ status: 401, json: { message: "Unauthorized" } });
  await assert.rejects(rest.readMe(), (error) => error.code === "unauthorized");
  assert.deepEqual(refused, [false, true]);
  assert.deepEqual(pauses, []);
});

test("a conditional request is not repeated once it may have been carried out", async () => {
  const { asked, rest } = api(new TypeError("cut"));
  await assert.rejects(rest.putData("k", 1, { version: 0 }), Unreachable);
  assert.equal(asked.length, 1);
  assert.equal(asked[0].headers["If-None-Match"], "*");
});

test("a message, a report and an upload are named, so that repeating them is harmless", async () => {
  const { asked, rest } = api({ json: {} });
  await rest.sendMessage("dm:a:b", { text: "hi", after: 3, id: "m1" });
  await rest.report({ user: "b", reason: "spam", id: "r1" });
  assert.deepEqual(asked[0].body, { id: "m1", after: 3, body: { text: "hi" } });
  assert.deepEqual(asked[1].body, { id: "r1", text: "", user: "b", reason: "spam" });
});

test("a file is announced with its checksum, posted, and looked at until it is verified", async () => {
  const form = { media: "M1", url: "https://s3/bucket", fields: { key: "k", "Content-Type": "text/plain" }, expires: 1 };
  const { asked, rest } = api({ json: form }, { status: 204 }, { json: { media: "M1", state: "ready" } });
  const progress = [];
  const file = new Blob(["hello"], { type: "text/plain" });
  const media = await rest.upload(file, "dm:a:b", { onProgress: (sent, size) => progress.push([sent, size]) });
  assert.equal(media.state, "ready");
  assert.deepEqual(asked[0].body, {
    type: "text/plain", size: 5, within: "dm:a:b",
    sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  });
  assert.deepEqual([asked[1].url, asked[1].body], ["https://s3/bucket", ["key", "Content-Type", "file"]]);
  assert.equal(asked[1].headers, undefined, "the store is not shown the token");
  assert.deepEqual(progress, [[0, 5], [5, 5]]);
});

// -- user data

const datum = (key, version, value) => ({ key, version, deleted: value === undefined, value });

test("data converge: newer versions win, gaps are fetched, a reset forgets", async () => {
  const pages = [{ changes: [datum("a", 1, "x"), datum("b", 2, "y")], version: 2, reset: false }];
  const since = [];
  const listData = async (known) => (since.push(known), pages.shift());
  const kept = [];
  const data = new UserData({ listData }, { onChange: (held, keys) => kept.push([held.known, keys]) });
  await data.refresh();
  await data.take(datum("a", 3, "z"));
  await data.take(datum("a", 1, "old"));
  assert.deepEqual([data.get("a"), data.get("b")], ["z", "y"]);
  pages.push({ changes: [datum("b", 4), datum("c", 5, 1)], version: 5, reset: false });
  await data.take(datum("c", 5, 1));
  assert.deepEqual([data.get("b"), data.get("c")], [undefined, 1]);
  pages.push({ changes: [datum("d", 1, 1)], version: 1, reset: true });
  await data.refresh();
  assert.deepEqual([data.get("a"), data.get("d")], [undefined, 1]);
  assert.deepEqual(since, [0, 3, 5]);
  assert.deepEqual(kept.at(-1), [1, ["a", "b", "c", "d"]]);
});

test("a change that lost a race is merged with what is stored, and tried again", async () => {
  const put = [];
  const putData = async (key, value, { version }) => {
    put.push([key, value, version]);
    if (put.length === 1) throw new Problem(409, { code: "conflict", current: datum("n", 4, 10) });
    return { key, version: 5, deleted: false };
  };
  const data = new UserData({ putData });
  await data.change("n", (present = 0) => present + 1);
  assert.deepEqual(put, [["n", 1, 0], ["n", 11, 4]]);
  assert.equal(data.get("n"), 11);
});
