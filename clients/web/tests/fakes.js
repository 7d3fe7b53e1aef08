/** What the client's tests run on instead of a network and a browser. */

export const token = (claims) => `e30.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.c2ln`;
export const authOf = (user, given = {}) => ({ user, token: async () => token({ sub: user }), ...given });

/** Servers and sockets that only record and say what a test tells them. */
export class Network {
  sockets = [];
  waiting = [];

  open = (url, protocols) => {
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    for (const resolve of this.waiting.splice(0)) resolve(socket);
    return socket;
  };

  /** The next socket that is opened. */
  next() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

class FakeSocket {
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  closed = false;
  frames = [];
  #wanted = [];

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text) {
    const frame = JSON.parse(text);
    const index = this.#wanted.findIndex(({ action }) => action === frame.action);
    if (index < 0) this.frames.push(frame);
    else this.#wanted.splice(index, 1)[0].resolve(frame);
  }

  close() {
    this.closed = true;
  }

  /** The next frame with this action that has not been taken. */
  sent(action) {
    const index = this.frames.findIndex((frame) => frame.action === action);
    if (index >= 0) return Promise.resolve(this.frames.splice(index, 1)[0]);
    return new Promise((resolve) => this.#wanted.push({ action, resolve }));
  }

  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code = 1006) {
    this.onclose?.({ code });
  }

  /** Open it, and answer its first sync. */
  async live(entries = [], marks = []) {
    this.onopen?.({});
    const { id } = await this.sent("sync");
    const ends = new Map(entries.map(({ conversation, seq }) => [conversation, seq]));
    const conversations = [...ends].map(([conversation, seq]) => ({ conversation, seq, count: seq, unread: 0 }));
    this.say({ type: "synced", id, entries, marks, conversations, more: false });
    return this;
  }
}

/** The tabs' locks: one holder for each name, the others wait. */
export class Locks {
  #held = new Map();

  async request(name, options, work) {
    const queue = this.#held.get(name) ?? [];
    if (queue.length && options.ifAvailable) return work(null);
    this.#held.set(name, queue);
    let turn;
    const mine = new Promise((resolve) => (turn = resolve));
    queue.push(turn);
    if (queue.length === 1) turn();
    options.signal?.addEventListener("abort", () => {
      if (queue[0] !== turn) queue.splice(queue.indexOf(turn), 1);
    });
    await mine;
    try {
      return await work({ name });
    } finally {
      queue.shift();
      queue[0]?.();
    }
  }
}

/** Wait until something is so; fails after two seconds. */
export async function until(check, what = check.toString()) {
  const end = Date.now() + 2000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`it never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
