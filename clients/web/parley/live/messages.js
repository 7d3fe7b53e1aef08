/**
 * What a conversation shows: what is stored, and behind it the user's own messages that are not.
 *
 * @import { Entry, Outgoing } from "../protocol/types.js"
 * @import { Store } from "./store.js"
 */

/**
 * `state` is `waiting` or `failed` for messages that the server has not stored, `sent`, `delivered` or `read` for the user's own
 * that it has, and `received` for others'. `seq`, `at` and `entry` are null until it is stored.
 *
 * @typedef {{ id: string, conversation: string, sender: string, mine: boolean, text: string, media: string[], at: number | null,
 *   seq: number | null, state: "waiting" | "failed" | "sent" | "delivered" | "read" | "received", code: string, reason: string,
 *   entry: Entry | null }} Message
 */

/**
 * @param {Store} store
 * @param {string} conversation
 * @param {number | undefined} before
 * @param {number} limit
 * @returns {Promise<Message[]>}
 */
export async function messagesOf(store, conversation, before, limit) {
  // In this order, so that a message that is stored meanwhile comes twice rather than not at all.
  const [outbox, undelivered] = before === undefined ? await Promise.all([store.outbox(), store.undelivered()]) : [[], []];
  const [entries, marks] = await Promise.all([store.entries(conversation, { before, limit }), store.marks(conversation)]);
  const others = marks.filter(({ user }) => user !== store.user);
  const delivered = Math.max(0, ...others.map((held) => held.delivered));
  const read = Math.max(0, ...others.map((held) => held.read));
  const stored = entries.map((entry) => {
    const mine = entry.sender === store.user;
    const state = !mine ? "received" : entry.seq <= read ? "read" : entry.seq <= delivered ? "delivered" : "sent";
    return { ...contentOf(entry), sender: entry.sender, mine, state: /** @type {Message["state"]} */ (state), code: "", reason: "" };
  });
  const own = new Set(stored.filter(({ mine }) => mine).map(({ id }) => id));
  const unsent = (/** @type {Outgoing & { code?: string, reason?: string }} */ message) => ({
    id: message.id,
    conversation,
    sender: store.user,
    mine: true,
    text: message.text,
    media: message.media,
    at: null,
    seq: null,
    state: /** @type {Message["state"]} */ (message.code === undefined ? "waiting" : "failed"),
    code: message.code ?? "",
    reason: message.reason ?? "",
    entry: null,
  });
  const behind = [...undelivered, ...outbox].filter((message) => message.conversation === conversation && !own.has(message.id));
  return [...stored, ...behind.map(unsent)];
}

/** @param {Entry} entry */
function contentOf(entry) {
  const { id, conversation, at, seq, body } = entry;
  const media = Array.isArray(body.media) ? body.media.filter((name) => typeof name === "string") : [];
  return { id, conversation, at, seq, text: typeof body.text === "string" ? body.text : "", media, entry };
}
