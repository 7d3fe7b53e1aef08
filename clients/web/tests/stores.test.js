/** One suite for every store: what the session asks to be written is what is read back. */

import "fake-indexeddb/auto";

import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { IndexedDBStore } from "../parley/live/indexeddb_store.js";
import { MemoryStore } from "../parley/live/memory_store.js";
import { StoreError } from "../parley/live/store.js";
import { FileStore } from "../parley/node/file_store.js";
import * as vectors from "./vectors.js";

const DM = "dm:me:you";
let made = 0;
const directory = mkdtempSync(join(tmpdir(), "parley-stores-"));
after(() => rmSync(directory, { recursive: true }));
const path = () => join(directory, `${++made}.log`);

/** @type {Record<string, () => Promise<any>>} */
const STORES = {
  memory: async () => new MemoryStore("me"),
  IndexedDB: () => IndexedDBStore.open("me", `test-${++made}`),
  file: () => FileStore.open(path(), "me"),
};

const entry = (seq, sender = "you", conversation = DM, id = `${sender}${seq}`) => ({
  conversation, seq, count: seq, id, kind: "message", sender, at: 1000 + seq, body: { text: `text ${seq}` },
});
const put = (...entries) => ({ type: "putEntries", entries });
const message = (id, conversation = DM) => ({ id, conversation, to: "you", text: id, media: [] });
const add = (id, conversation) => ({ type: "addOutgoing", message: message(id, conversation) });

for (const [name, open] of Object.entries(STORES)) {
  test(`${name}: what every scenario writes is what the next session starts from`, async () => {
    for (const { user, held, steps } of vectors.scenarios()) {
      if (user !== "me" || Object.keys(held).length || steps.length > 60) continue;
      const store = await open();
      const expected = new MemoryStore("me");
      const writes = steps.flatMap((step) => step.writes ?? []);
      await store.apply(writes);
      await expected.apply(writes);
      const [found, wanted] = [await store.load(), await expected.load()];
      const sorted = ({ marks, intents, cursors, ...rest }) => ({
        ...rest,
        cursors: [...cursors].sort(),
        marks: marks.map((m) => JSON.stringify(m)).sort(),
        intents: intents.map((i) => JSON.stringify(i)).sort(),
      });
      assert.deepEqual(sorted(found), sorted(wanted));
      for (const [conversation] of wanted.cursors) {
        assert.deepEqual(await store.entries(conversation, { limit: 1000 }), await expected.entries(conversation, { limit: 1000 }));
      }
      const byId = (list) => list.sort((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual(byId(await store.conversations()), byId(await expected.conversations()));
      await store.close();
    }
  });

  test(`${name}: entries are read from either end`, async () => {
    const store = await open();
    await store.apply([put(...[1, 2, 3, 4, 5].map((seq) => entry(seq))), put(entry(1, "zoe", "dm:me:zoe"))]);
    const seqs = async (range) => (await store.entries(DM, range)).map(({ seq }) => seq);
    assert.deepEqual(await seqs({ limit: 2 }), [4, 5]);
    assert.deepEqual(await seqs({ before: 4, limit: 2 }), [2, 3]);
    assert.deepEqual(await seqs({ before: 1, limit: 2 }), []);
    assert.deepEqual(await seqs({ before: 0, limit: 2 }), []);
    assert.deepEqual(await seqs({ after: 0, limit: 2 }), [1, 2]);
    assert.deepEqual(await seqs({ after: 3, limit: 9 }), [4, 5]);
    assert.deepEqual(await seqs({ after: 1, before: 4, limit: 9 }), [2, 3]);
  });

  test(`${name}: the outbox keeps its order, and what has failed can be sent again behind it`, async () => {
    const store = await open();
    await store.apply([add("a"), add("b"), add("c"), { type: "failOutgoing", id: "a", code: "blocked", reason: "no" }]);
    await store.apply([add("b")]);
    assert.deepEqual((await store.outbox()).map(({ id }) => id), ["b", "c"]);
    assert.deepEqual(await store.undelivered(), [{ ...message("a"), code: "blocked", reason: "no" }]);
    await store.apply([add("a")]);
    assert.deepEqual((await store.outbox()).map(({ id }) => id), ["b", "c", "a"]);
    assert.deepEqual(await store.undelivered(), []);
    await store.apply([{ type: "failOutgoing", id: "c", code: "blocked", reason: "no" }, { type: "removeOutgoing", id: "b" }]);
    await store.dismiss("a");
    await store.dismiss("c");
    assert.deepEqual((await store.outbox()).map(({ id }) => id), ["a"]);
    assert.deepEqual(await store.undelivered(), []);
  });

  test(`${name}: unread is what is neither read nor replied to, and reading counts before the server shows it`, async () => {
    const store = await open();
    await store.apply([put(entry(1), entry(2, "me"), entry(3), entry(4))]);
    const unread = async () => (await store.conversations())[0].unread;
    assert.equal(await unread(), 2);
    await store.apply([{ type: "putMarks", marks: { conversation: DM, user: "me", delivered: 4, read: 3 } }]);
    assert.equal(await unread(), 1);
    await store.apply([{ type: "putIntent", conversation: DM, delivered: 4, read: 4 }]);
    assert.equal(await unread(), 0);
    assert.deepEqual(await store.marks(DM), [{ conversation: DM, user: "me", delivered: 4, read: 4 }]);
    await store.apply([{ type: "rewind", conversation: DM, seq: 1 }]);
    const [conversation] = await store.conversations();
    assert.deepEqual([conversation.seq, conversation.unread, conversation.last], [1, 0, entry(1)]);
  });

  test(`${name}: skipping leaves no hole, and what was skipped counts as read`, async () => {
    const store = await open();
    await store.apply([put(entry(1), entry(2)), { type: "skip", conversation: DM, seq: 60 }]);
    assert.deepEqual([...(await store.load()).cursors], [[DM, 60]]);
    assert.deepEqual((await store.conversations()).map(({ seq, unread, last }) => [seq, unread, last]), [[60, 0, null]]);
    await store.apply([put(entry(61), entry(62), entry(63))]);
    const seqs = async (range) => (await store.entries(DM, range)).map(({ seq }) => seq);
    assert.deepEqual(await seqs({ limit: 2 }), [62, 63]);
    assert.deepEqual(await seqs({ before: 63, limit: 9 }), [61, 62]);
    assert.deepEqual(await seqs({ after: 0, limit: 9 }), [61, 62, 63]);
    assert.deepEqual(await seqs({ after: 61, before: 63, limit: 9 }), [62]);
    const unread = async () => (await store.conversations())[0].unread;
    assert.equal(await unread(), 3);
    await store.apply([{ type: "putMarks", marks: { conversation: DM, user: "me", delivered: 63, read: 62 } }]);
    assert.equal(await unread(), 1);
    await store.apply([{ type: "rewind", conversation: DM, seq: 61 }]);
    assert.deepEqual((await store.conversations()).map(({ seq, unread }) => [seq, unread]), [[61, 0]]);
    await store.apply([{ type: "rewind", conversation: DM, seq: 20 }]);
    assert.deepEqual([...(await store.load()).cursors], [[DM, 20]]);
  });

  test(`${name}: a restart keeps the outbox and nothing of the conversations`, async () => {
    const store = await open();
    await store.apply([{ type: "putGeneration", generation: "one" }, put(entry(1), entry(2)), add("a"), add("b")]);
    await store.apply([{ type: "failOutgoing", id: "b", code: "c", reason: "r" }]);
    await store.apply([{ type: "putMarks", marks: { conversation: DM, user: "you", delivered: 2, read: 2 } }]);
    await store.apply([
      { type: "putIntent", conversation: DM, delivered: 2, read: 2 },
      { type: "restart", generation: "two" },
    ]);
    const { cursors, marks, intents, outbox, undelivered, generation } = await store.load();
    assert.deepEqual([[...cursors], marks, intents, generation], [[], [], [], "two"]);
    assert.deepEqual([outbox.map(({ id }) => id), undelivered.map(({ id }) => id)], [["a"], ["b"]]);
    assert.deepEqual([await store.entries(DM, { limit: 9 }), await store.conversations()], [[], []]);
    await store.apply([put(entry(1))]);
    assert.equal((await store.load()).cursors.get(DM), 1);
  });

  test(`${name}: an own entry is found by its id, and nobody else's is`, async () => {
    const store = await open();
    await store.apply([put(entry(1, "you", DM, "x"), entry(2, "me", DM, "y"))]);
    assert.equal(await store.sent("x"), undefined);
    assert.deepEqual(await store.sent("y"), entry(2, "me", DM, "y"));
  });
}

test("IndexedDB: the device is made once for each user and name", async () => {
  const one = await IndexedDBStore.open("me", "twice");
  const again = await IndexedDBStore.open("me", "twice");
  assert.equal(one.device, again.device);
  assert.notEqual(one.device, (await IndexedDBStore.open("me", "other")).device);
  assert.notEqual(one.device, (await IndexedDBStore.open("you", "twice")).device);
});

test("IndexedDB: writes are applied all or none, and a failure is a StoreError", async () => {
  const store = await IndexedDBStore.open("me", "atomic");
  const broken = put({ ...entry(2), seq: () => {} });
  await assert.rejects(store.apply([put(entry(1)), broken]), StoreError);
  assert.deepEqual(await store.entries(DM, { limit: 9 }), []);
  await store.close();
  await assert.rejects(store.load(), StoreError);
});

test("file: what was written is there again, also after a crash in the middle of a write", async () => {
  const file = path();
  const store = await FileStore.open(file, "me");
  await store.apply([{ type: "putGeneration", generation: "one" }, put(entry(1), entry(2, "me")), add("a"), add("b")]);
  await store.apply([{ type: "failOutgoing", id: "a", code: "c", reason: "r" }]);
  await store.apply([{ type: "putIntent", conversation: DM, delivered: 2, read: 1 }, { type: "rewind", conversation: "dm:me:zoe", seq: 0 }]);
  await store.apply([{ type: "putMarks", marks: { conversation: DM, user: "you", delivered: 1, read: 1 } }]);
  await store.apply([{ type: "skip", conversation: "dm:me:yan", seq: 60 }, put(entry(61, "yan", "dm:me:yan"))]);
  await store.apply([{ type: "skip", conversation: "dm:me:xia", seq: 7 }]);
  appendFileSync(file, '[{"type":"addOutg');
  for (let opened = 0; opened < 2; opened++) {
    const again = await FileStore.open(file, "me");
    assert.equal(again.device, store.device);
    assert.deepEqual(await again.load(), await store.load());
    assert.deepEqual(await again.undelivered(), await store.undelivered());
    assert.deepEqual(await again.entries(DM, { limit: 9 }), await store.entries(DM, { limit: 9 }));
    await again.dismiss("nothing");
    await again.close();
    await assert.rejects(again.apply([add("c")]), StoreError);
  }
  const last = await FileStore.open(file, "me");
  await last.dismiss("a");
  assert.deepEqual(await (await FileStore.open(file, "me")).undelivered(), []);
  await assert.rejects(FileStore.open(file, "you"), StoreError);
});
