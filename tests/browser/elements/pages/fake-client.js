/** A client in memory with the members that the elements use, and a few that play the other side. */

const ME = "me-0001";

export class FakeClient {
  #handlers = new Set();
  #undo = 0;

  constructor({ people = {}, rest = true } = {}) {
    this.user = ME;
    this.state = "live";
    this.people = people;
    this.log = new Map();
    this.unsent = [];
    this.marks = {};
    this.rows = {};
    this.media = {};
    this.calls = [];
    this.rest = rest ? {
      readUser: async (user) => {
        if (!people[user]) throw Object.assign(new Error("no such user"), { code: "not_found" });
        return { user, ...people[user] };
      },
      readMedia: async (id) => {
        this.calls.push(["readMedia", id]);
        if (!this.media[id]) throw Object.assign(new Error("no such media"), { code: "not_found" });
        return this.media[id];
      },
      changeConversation: async (id, changes) => this.calls.push(["changeConversation", id, changes]),
      listProviders: async function* () {
        for (const user of Object.keys(people)) yield { user, ...people[user] };
      },
    } : null;
  }

  on(type, handler) {
    const held = { type, handler };
    this.#handlers.add(held);
    return () => this.#handlers.delete(held);
  }

  get listeners() {
    return this.#handlers.size;
  }

  emit(event) {
    for (const { type, handler } of [...this.#handlers]) if (type === "*" || type === event.type) handler(event);
  }

  id(where) {
    return where.includes(":") ? where : `dm:${[ME, where].sort().join(":")}`;
  }

  #conversation(where) {
    const id = this.id(where);
    if (!this.log.has(id)) this.log.set(id, []);
    return { id, entries: this.log.get(id) };
  }

  /** Put an entry into the log; `quiet` for what was there before. */
  put(where, sender, text, { media = [], at = Date.now(), id = `m${++this.#undo}`, quiet = false } = {}) {
    const { id: conversation, entries } = this.#conversation(where);
    const seq = entries.length + 1;
    const entry = { conversation, seq, count: seq, id, kind: "message", sender, at, body: { text, media } };
    entries.push(entry);
    if (!quiet) this.emit({ type: "received", entry });
    return entry;
  }

  receive(where, text, options) {
    const { id } = this.#conversation(where);
    const other = id.split(":").slice(1).find((user) => user !== ME) ?? where;
    return this.put(where, options?.sender ?? other, text, options);
  }

  async messages(where, { before = Infinity, limit = 50 } = {}) {
    await null;
    const { id, entries } = this.#conversation(where);
    const { delivered = 0, read = 0 } = this.marks[id] ?? {};
    const stored = entries.filter(({ seq }) => seq < before).slice(-limit).map((entry) => {
      const mine = entry.sender === ME;
      const state = !mine ? "received" : entry.seq <= read ? "read" : entry.seq <= delivered ? "delivered" : "sent";
      return { id: entry.id, conversation: id, sender: entry.sender, mine, text: entry.body.text, media: entry.body.media,
        at: entry.at, seq: entry.seq, state, code: null, reason: null, entry };
    });
    return before === Infinity ? [...stored, ...this.unsent.filter(({ conversation }) => conversation === id)] : stored;
  }

  async conversations() {
    return [...this.log].map(([id, entries]) => {
      const read = this.rows[id]?.read ?? 0;
      return { id, seq: entries.length, last: entries.at(-1) ?? null,
        unread: entries.filter(({ seq, sender }) => seq > read && sender !== ME).length };
    }).sort((one, two) => (two.last?.at ?? 0) - (one.last?.at ?? 0));
  }

  async inbox({ archived = false } = {}) {
    if (this.state === "waiting") throw new Error("no network");
    return (await this.conversations()).map(({ id, unread, last }) => {
      const user = id.split(":").slice(1).find((name) => name !== ME);
      const row = this.rows[id] ?? {};
      return { conversation: id, delivered: 0, read: 0, muted: 0, archived: false, pinned: false, ...row, unread,
        other: { user, name: "", photo: "", online: false, seen: null, ...this.people[user] },
        last: last && { seq: last.seq, at: last.at, sender: last.sender, preview: last.body.text || "📷" } };
    }).filter((row) => row.archived === archived);
  }

  async send(where, { text = "", media = [], id = `o${++this.#undo}` }) {
    this.calls.push(["send", where, text, media, id]);
    const conversation = this.id(where);
    this.unsent.push({ id, conversation, sender: ME, mine: true, text, media, at: Date.now(), seq: null, state: "waiting", code: null, reason: null });
    this.emit({ type: "queued", id, conversation });
    if (this.state === "live") setTimeout(() => this.deliver(id), 20);
    return id;
  }

  /** The server has stored what waited. */
  deliver(id) {
    const message = this.unsent.find((held) => held.id === id);
    if (!message) return;
    this.unsent = this.unsent.filter((held) => held !== message);
    if (this.refuses) {
      this.unsent.push({ ...message, state: "failed", ...this.refuses });
      this.emit({ type: "failed", id, conversation: message.conversation, text: message.text, ...this.refuses });
      return;
    }
    const { seq, at } = this.put(message.conversation, ME, message.text, { media: message.media, id, at: message.at });
    this.emit({ type: "sent", id, conversation: message.conversation, seq, at });
  }

  async resend(id) {
    this.calls.push(["resend", id]);
    this.refuses = null;
    this.deliver(id);
  }

  async dismiss(id) {
    const gone = this.unsent.find((held) => held.id === id);
    this.unsent = this.unsent.filter((held) => held.id !== id);
    this.emit({ type: "queued", id, conversation: gone.conversation });
  }

  async markRead(where, seq) {
    this.calls.push(["markRead", where, seq]);
    this.rows[this.id(where)] = { ...this.rows[this.id(where)], read: seq };
  }

  typing(where) {
    this.calls.push(["typing", where]);
  }

  async presence(users) {
    return Object.fromEntries(users.map((user) => [user, { online: !!this.people[user]?.online, seen: this.people[user]?.seen ?? null }]));
  }

  receipt(where, { delivered = 0, read = 0 }) {
    const conversation = this.id(where);
    this.marks[conversation] = { delivered, read };
    this.emit({ type: "receipt", conversation, user: where, delivered, read });
  }

  setState(state) {
    this.state = state;
    this.emit({ type: "state", state, retryIn: state === "waiting" ? 5 : null, reason: "" });
  }

  async upload(file, where, { onProgress, signal }) {
    this.calls.push(["upload", file.type, file.size]);
    for (let sent = 0; sent < 10; sent++) {
      if (this.uploadGate) await this.uploadGate;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (signal?.aborted) throw new DOMException("aborted", "AbortError");
      if (this.uploadFails) throw new Error("no network");
      if (this.uploadRefused) throw Object.assign(new Error("refused"), { name: "UploadRefused", reason: "type" });
      onProgress?.(((sent + 1) / 10) * file.size, file.size);
    }
    const media = `01UPLOAD${String(++this.#undo).padStart(18, "0")}`;
    this.media[media] = { media, type: file.type, state: "ready", thumbnail: "", url: URL.createObjectURL(file), expires: Date.now() + 3e5,
      width: 0, height: 0, size: file.size };
    return this.media[media];
  }

  async close() {}
}

/** A picture that tests need not load: two colours, as a blob. */
export async function picture(width, height, from, to, type = "image/png") {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const gradient = context.createLinearGradient(0, 0, width, height);
  gradient.addColorStop(0, from);
  gradient.addColorStop(1, to);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type });
}

/** Put a picture on the server, and return its id. */
export async function shown(client, name, width, height, from, to) {
  const url = URL.createObjectURL(await picture(width, height, from, to));
  client.media[name] = { media: name, type: "image/png", state: "ready", thumbnail: url, url, expires: Date.now() + 3e5, width, height, size: 1000 };
  return name;
}
