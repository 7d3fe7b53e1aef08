/** Who somebody is: names, photos and presence, asked once for all elements of a client. */

import { h } from "./dom.js";
import { every, rest } from "./element.js";
import { others } from "./ids.js";
import { links } from "./media.js";
import { hue, initials, plainName } from "./text.js";

/** @typedef {import("./types.js").Client} Client */
/** @typedef {import("./types.js").Person} Person */

/** Of so many at most, presence can be asked at once. */
const MOST = 40;

/** How often (ms) it is asked for, while it is shown. */
const PRESENCE = 30_000;
/** How long (ms) somebody who is shown as online has to confirm a message. Whoever does not may have left. */
const CONFIRMATION = 4_000;

/** @type {WeakMap<Client, People>} */
const known = new WeakMap();

/**
 * The people of a client.
 *
 * @param {Client} client
 */
export function people(client) {
  let found = known.get(client);
  if (!found) known.set(client, (found = new People(client)));
  return found;
}

export class People extends EventTarget {
  #client;
  /** @type {Map<string, Person>} */
  #held = new Map();
  /** @type {Set<string>} */
  #asked = new Set();
  /** @type {Set<string>} those asked for, and not answered yet */
  #pending = new Set();
  /** @type {Set<string>} those whose profile may be seen only once there is a conversation */
  #hidden = new Set();
  /** @type {Set<string>} those whose presence has been asked for */
  #watched = new Set();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} when to ask about those who are to confirm a message */
  #expected = new Map();

  /** @param {Client} client */
  constructor(client) {
    super();
    this.#client = client;
    client.on("*", (event) => {
      if (event.type === "news" && event.frame.type === "profile") {
        const { user, name, photo } = event.frame;
        this.learn({ user, name, photo: photo ?? "" });
      } else if (event.type === "typing" && event.typing) this.#typing(event.user);
      else if (event.type === "sent") this.#wroteTo(others(event.conversation, client.user));
      else if (event.type === "received") {
        this.met(event.entry.sender);
        this.#heardOf(event.entry.sender);
      }
      else if (event.type === "receipt") this.#heardOf(event.user);
      else if (event.type === "state") this.#connected(event.state);
    });
  }

  /** @param {string} state */
  #connected(state) {
    if (state === "live") {
      for (const user of this.#asked) if (!this.#hidden.has(user)) this.#asked.delete(user);
      void this.watch([...this.#watched].slice(-MOST));
    } else if (state === "waiting" || state === "stopped") {
      // Without a connection, nobody can be seen.
      for (const user of this.#held.keys()) this.learn({ user, online: undefined, seen: undefined });
    }
  }

  /** @param {string} user */
  #typing(user) {
    this.#lives(user);
    this.learn({ user, online: true });
  }

  /** @param {string} user */
  #wroteTo(user) {
    this.met(user);
    this.#expect(user);
  }

  /** A client confirms at once what it gets: if nothing comes back, ask once more, instead of at the next turn. @param {string} user */
  #expect(user) {
    if (!this.#held.get(user)?.online || this.#expected.has(user)) return;
    this.#expected.set(user, setTimeout(() => {
      this.#expected.delete(user);
      if (this.#held.get(user)?.online) void this.watch([user]);
    }, CONFIRMATION));
  }

  /** @param {string} user */
  #lives(user) {
    clearTimeout(this.#expected.get(user));
    this.#expected.delete(user);
  }

  /** Somebody has done something, so they may be there again. What a sync brings was done earlier. @param {string} user */
  #heardOf(user) {
    this.#lives(user);
    if (this.#client.state === "live" && this.#watched.has(user) && !this.#held.get(user)?.online) void this.watch([user]);
  }

  /**
   * What is known of somebody now. Whoever asks is told by a `change` event when there is more.
   *
   * @param {string} user
   * @returns {Person}
   */
  get(user) {
    const person = this.#held.get(user);
    if (!person?.name && !this.#asked.has(user)) void this.#ask(user);
    return person ?? { user, name: "", photo: "" };
  }

  /**
   * What to call somebody as long as their profile is not asked for, which is until there is a conversation with them.
   *
   * @param {string} user
   * @param {string} name
   */
  introduce(user, name) {
    if (this.#held.get(user)?.name) return;
    this.#hidden.add(user);
    this.learn({ user, name });
  }

  /** There is a conversation with somebody, so their profile may be seen. @param {string} user */
  met(user) {
    if (this.#hidden.delete(user)) void this.#ask(user);
  }

  /** @param {Partial<Person> & { user: string }} news */
  learn(news) {
    const before = this.#held.get(news.user);
    const now = { name: "", photo: "", ...before, ...news };
    now.name = plainName(now.name);
    if (before && /** @type {(keyof Person)[]} */ (Object.keys(now)).every((key) => before[key] === now[key])) return;
    this.#held.set(news.user, now);
    this.#changed(news.user);
  }

  /** @param {string} user */
  #changed(user) {
    this.dispatchEvent(new CustomEvent("change", { detail: user }));
  }

  /**
   * What to call somebody: their name, nothing while it is being asked for, or what stands for those who have none.
   *
   * @param {string} user
   * @param {string} unknown
   */
  name(user, unknown) {
    return this.get(user).name || (this.#pending.has(user) ? "" : unknown);
  }

  /** @param {string} user */
  async #ask(user) {
    this.#asked.add(user);
    this.#pending.add(user);
    try {
      const profile = await rest(this.#client)?.readUser(user);
      if (profile) this.learn({ user, name: profile.name || profile.business || "", photo: profile.photo ?? "" });
    } catch (error) {
      // Nobody whom this user may see yet; or no network, and then the next connection asks again.
      if (/** @type {any} */ (error)?.code === "not_found") this.#hidden.add(user);
    } finally {
      this.#pending.delete(user);
      this.#changed(user);
    }
  }

  /**
   * Ask who is online now, and again and again while somebody can see the page.
   *
   * @param {AbortSignal} signal
   * @param {() => string[]} users
   */
  follow(signal, users) {
    const ask = () => void this.watch(users());
    every(PRESENCE, signal, ask);
    ask();
  }

  /**
   * Ask who is online: now, on each new connection, and when they are heard of. Nothing changes while that cannot be known.
   *
   * @param {string[]} users
   */
  async watch(users) {
    for (const user of users) this.#watched.add(user);
    if (!users.length || this.#client.state !== "live") return;
    try {
      const answer = await this.#client.presence(users.slice(0, MOST));
      if (this.#client.state !== "live") return;
      for (const [user, { online, seen }] of Object.entries(answer ?? {})) this.learn({ user, online, seen });
    } catch {
      // Presence is a nicety.
    }
  }
}

/**
 * A round picture: the photo, or initials on a colour of the user's own.
 *
 * @param {Client} client
 * @param {Person} person
 */
export function avatar(client, person) {
  const node = h("span", { class: "avatar", part: "avatar", "aria-hidden": "true" }, initials(person.name));
  node.style.setProperty("--_hue", String(hue(person.user)));
  node.classList.toggle("online", !!person.online);
  if (person.photo) {
    void links(client).get(person.photo).then((media) => {
      const src = media.thumbnail || media.url;
      if (!src) return;
      const img = h("img", { alt: "", src, onerror: () => img.remove() });
      node.append(img);
    }, () => {});
  }
  return node;
}
