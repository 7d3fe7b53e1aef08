/**
 * Apps for the end-to-end tests, run by tests/e2e/test_web_client.py: `node app.mjs <which>`. SETTINGS, ANA and BEN are JSON; a
 * person is { id, email, password }. The last line printed is JSON too.
 */

import { WebSocket } from "ws";

import { createAuth, createClient, direct } from "../../parley/index.js";
import { FileStore } from "../../parley/node/file_store.js";

const settings = JSON.parse(process.env.SETTINGS);
const [ana, ben] = [process.env.ANA, process.env.BEN].map((person) => person && JSON.parse(person));
const socket = (url, protocols) => new WebSocket(url, protocols);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The person's client, on this file or in memory. */
async function clientOf({ id, email, password }, file) {
  const auth = createAuth(settings, { storage: null });
  const user = await auth.signIn(email, password);
  if (user !== id) throw new Error(`signed in as ${user}`);
  return createClient({ settings, auth, socket, store: file && (await FileStore.open(file, user)) });
}

/** Until an event for which `wanted` holds. */
function event(client, type, wanted = () => true) {
  return new Promise((resolve) => {
    const off = client.on(type, (told) => wanted(told) && (off(), resolve(told)));
  });
}

const apps = {
  /** Five messages each way, a photo, ticks, typing, presence, and the inbox. */
  async talk() {
    const [a, b] = await Promise.all([clientOf(ana), clientOf(ben)]);
    const [allA, allB] = [a, b].map((client) => event(client, "received", ({ entry }) => entry.seq === 10));
    for (let n = 0; n < 5; n++) {
      await a.send(ben.id, { text: `a${n}` });
      await b.send(ana.id, { text: `b${n}` });
    }
    await Promise.all([allA, allB]);
    const typed = event(b, "typing", ({ typing }) => typing);
    const read = event(a, "receipt", ({ user, read: seq }) => user === ben.id && seq === 10);
    a.typing(ben.id);
    await b.markRead(ana.id);
    await Promise.all([typed, read]);
    const photo = new Blob([Uint8Array.from(atob(process.env.PHOTO), (c) => c.charCodeAt(0))], { type: "image/png" });
    const progress = [];
    const media = await a.upload(photo, ben.id, { onProgress: (sent, size) => progress.push(sent / size) });
    const shown = event(b, "received", ({ entry }) => entry.seq === 11);
    await a.send(ben.id, { media: [media.media] });
    const { entry } = await shown;
    const presence = await a.presence([ben.id]);
    const texts = async (client, other) => (await client.entries(other.id)).map(({ body }) => body.text);
    const [seenByA, seenByB] = await Promise.all([texts(a, ben), texts(b, ana)]);
    const states = (await a.messages(ben.id)).filter(({ mine }) => mine).map(({ state }) => state);
    const [inbox] = await b.inbox();
    const width = (await b.media(entry.body.media[0])).width;
    await a.rest.changeMe({ about: "hello" });
    const me = await a.rest.readMe();
    await a.rest.putData("draft", { text: "x" }, { version: 0 });
    const data = await a.rest.listData();
    await Promise.all([a.close(), b.close()]);
    return {
      seenByA, seenByB, states, width, progress: progress.at(-1), online: presence[ben.id].online, other: inbox.other.name,
      about: me.about, data: data.changes.map(({ key }) => key), dm: direct(ana.id, ben.id),
    };
  },

  /** Stores a message that cannot be sent, says so, and waits to be killed. */
  async tunnel() {
    const client = await clientOf(ana, process.env.FILE);
    await client.send(ben.id, { text: "written in a tunnel", id: "tunnel-1" });
    console.log("stored");
    await sleep(60_000);
  },

  /** Starts again on the same file. */
  async again() {
    const client = await clientOf(ana, process.env.FILE);
    if (!client.idle) await event(client, "sent", ({ id }) => id === "tunnel-1");
    await client.send(ben.id, { text: "written in a tunnel", id: "tunnel-1" });
    await sleep(500);
    const states = (await client.messages(ben.id)).map(({ id, state }) => [id, state]);
    await client.close();
    return { states };
  },

  /** Twelve messages, while whoever runs this cuts the wire. */
  async cut() {
    const client = await clientOf(ana);
    for (let n = 0; n < 12; n++) {
      await client.send(ben.id, { text: `message ${n}` });
      await sleep(150);
      client.nudge();
    }
    while (!client.idle) await sleep(50);
    const texts = (await client.entries(ben.id)).map(({ body }) => body.text);
    await client.close();
    return { texts };
  },

  /** A wrong password, and signing out. */
  async sign() {
    const auth = createAuth(settings, { storage: null });
    await auth.signIn(ana.email, ana.password);
    const first = await auth.token();
    const second = await auth.token({ refused: true });
    await auth.signOut();
    const after = await auth.token().catch(({ name }) => name);
    return { fresh: first !== second, after, user: auth.user };
  },
};

console.log(JSON.stringify((await apps[process.argv[2]]()) ?? null));
process.exit(0);
