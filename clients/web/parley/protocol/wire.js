/**
 * Frames in both directions. Commands are written exactly. Server frames are read leniently: unknown types and fields are
 * ignored, so that a newer server does not break an older client.
 *
 * @import { Entry, Marks, Online, Outgoing } from "./types.js"
 */

/**
 * `unknown` proves that the server is alive and nothing more: a pong, API Gateway's own errors, frames of a newer server.
 * `ends` says where each conversation that a page completes ends, and `begins` where logs begin of whose beginning this device
 * lacks something that has been archived. `generation` names the server's tables, and is another one after they were restored;
 * null if it is not told.
 *
 * @typedef {{ type: "ack", id: string, conversation: string, seq: number, count: number, at: number }} Ack
 * @typedef {{ type: "synced", id: string, entries: Entry[], marks: Marks[], ends: Map<string, number>, more: boolean,
 *     cursor: string | null, begins: Map<string, number>, generation: string | null }} Synced
 * @typedef {{ type: "error", id: string | null, code: string, reason: string, retryable: boolean, retryAfter: number | null }}
 *     Refusal
 * @typedef {Ack | Synced | Refusal
 *   | { type: "message", entry: Entry }
 *   | { type: "receipt", marks: Marks }
 *   | { type: "typing", conversation: string, user: string }
 *   | { type: "presence", id: string, users: Record<string, Online> }
 *   | { type: "unknown" }} Frame
 */

export const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/**
 * The frame in a text; `unknown` if it cannot be read as one.
 *
 * @param {string} text
 * @returns {Frame}
 */
export function parse(text) {
  try {
    const data = JSON.parse(text);
    return (READERS.get(data.type) ?? unknown)(data);
  } catch {
    return unknown();
  }
}

/** @returns {Frame} */
const unknown = () => ({ type: "unknown" });

/** @type {Map<unknown, (data: any) => Frame>} */
const READERS = new Map(
  /** @type {[string, (data: any) => Frame][]} */ ([
    [
      "ack",
      (data) => ({
        type: "ack",
        id: string(data.id),
        conversation: string(data.conversation),
        seq: natural(data.seq),
        count: natural(data.count),
        at: natural(data.at),
      }),
    ],
    ["message", (data) => ({ type: "message", entry: entry(data.entry) })],
    ["receipt", (data) => ({ type: "receipt", marks: marks(data.marks) })],
    ["typing", (data) => ({ type: "typing", conversation: string(data.conversation), user: string(data.user) })],
    ["synced", synced],
    [
      "presence",
      (data) => ({
        type: "presence",
        id: string(data.id),
        users: Object.fromEntries(
          Object.entries(data.users).map(([user, told]) => [user, { online: told.online === true, seen: optional(told.seen) }]),
        ),
      }),
    ],
    [
      "error",
      (data) => ({
        type: "error",
        id: typeof data.id === "string" ? data.id : null,
        code: string(data.code),
        reason: String(data.message ?? ""),
        retryable: data.retryable === true,
        retryAfter: seconds(data.retry_after),
      }),
    ],
  ]),
);

/**
 * Read an entry from its wire form.
 *
 * @param {any} data
 * @returns {Entry}
 * @throws {TypeError} it is not an entry
 */
export function entry(data) {
  const { body } = data;
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new TypeError("body");
  return {
    conversation: string(data.conversation),
    seq: natural(data.seq),
    count: natural(data.count),
    id: string(data.id),
    kind: string(data.kind),
    sender: string(data.sender),
    at: natural(data.at),
    body,
  };
}

/**
 * @param {any} data
 * @returns {Marks}
 */
function marks(data) {
  return {
    conversation: string(data.conversation),
    user: string(data.user),
    delivered: natural(data.delivered),
    read: natural(data.read),
  };
}

/**
 * @param {any} data
 * @returns {Synced}
 */
function synced(data) {
  const more = data.more === true;
  return {
    type: "synced",
    id: string(data.id),
    entries: list(data.entries).map(entry),
    marks: list(data.marks).map(marks),
    ends: new Map(list(data.conversations).map((told) => [string(told.conversation), natural(told.seq)])),
    more,
    cursor: more ? string(data.cursor) : null,
    begins: new Map(Object.entries(object(data.begins ?? {})).map(([conversation, seq]) => [conversation, natural(seq)])),
    generation: data.generation === undefined || data.generation === null ? null : string(data.generation),
  };
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function object(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("not an object");
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
function list(value) {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

/** @param {unknown} value */
function string(value) {
  if (typeof value !== "string") throw new TypeError("not a string");
  return value;
}

/** @param {unknown} value */
function natural(value) {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new TypeError("not a natural number, or too large to be exact");
  return Number(value);
}

/** @param {unknown} value */
const optional = (value) => (value === undefined || value === null ? null : natural(value));

/**
 * A time in seconds; null if it is not one. JSON reads a number beyond all bounds as infinite, which is a long time.
 *
 * @param {unknown} value
 */
const seconds = (value) => (typeof value === "number" && !Number.isNaN(value) ? value : null);

/**
 * A `send`: to the user while nothing of the conversation is known, otherwise in the conversation.
 *
 * @param {Outgoing} message
 * @param {number} after
 */
export function send(message, after) {
  const { id, to, conversation } = message;
  const where = to !== null && after === 0 ? { to } : { conversation };
  return JSON.stringify({ action: "send", id, ...where, after, body: body(message) });
}

/**
 * The body as the server stores it.
 *
 * @param {Outgoing} message
 * @returns {Record<string, any>}
 */
export const body = ({ text, media }) => (media.length ? { text, media } : { text });

/**
 * @param {string} id
 * @param {Map<string, number>} since
 * @param {string | null} cursor the server's own, if this is not the first page
 */
export const sync = (id, since, cursor) =>
  JSON.stringify({ action: "sync", id, since: Object.fromEntries(since), cursor: cursor ?? undefined });

/**
 * A `mark` with the values that are not 0.
 *
 * @param {string} id
 * @param {string} conversation
 * @param {number} delivered
 * @param {number} read
 */
export const mark = (id, conversation, delivered, read) =>
  JSON.stringify({ action: "mark", id, conversation, delivered: delivered || undefined, read: read || undefined });

/**
 * @param {string} id
 * @param {string} conversation
 */
export const typing = (id, conversation) => JSON.stringify({ action: "typing", id, conversation });

/**
 * @param {string} id
 * @param {string[]} users
 */
export const presence = (id, users) => JSON.stringify({ action: "presence", id, users });

export const PING = '{"action":"ping"}';

/**
 * The bytes of a text in UTF-8.
 *
 * @param {string} text
 */
export function size(text) {
  let bytes = 0;
  for (const point of text) {
    const code = /** @type {number} */ (point.codePointAt(0));
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
