/** What a list of messages looks like, before any of it is drawn: days, groups, and the line above what is new. */

import { dayKey } from "../dates.js";

/** @typedef {import("../types.js").Message} Message */

/**
 * A file on its way, shown as the message that it will be. `refused` is the name of a file that trying again would not help.
 *
 * @typedef {{ id: string, text: string, files: File[], sent: number, size: number, failed: boolean, interrupted: boolean, refused: string, at: number }} Upload
 */

/**
 * A line of the list. `first` and `last` say where a message stands among those that one person wrote at a stretch.
 *
 * @typedef {{ type: "day", key: string, at: number }
 *   | { type: "unread", key: string, count: number }
 *   | { type: "message", key: string, message: Message, first: boolean, last: boolean, named: boolean }
 *   | { type: "upload", key: string, upload: Upload }} Line
 */

/** What somebody writes within this time (ms) of their last message belongs to it. */
const STRETCH = 5 * 60_000;

/**
 * The lines for messages, in order.
 *
 * @param {Message[]} messages
 * @param {Upload[]} uploads
 * @param {{ named: boolean, unread: { after: number, count: number } | null, now: number }} options `named`: whether others'
 *   names are shown, since there may be several; `unread`: where the new ones begin
 * @returns {Line[]}
 */
export function layout(messages, uploads, { named, unread, now }) {
  /** @type {Line[]} */
  const lines = [];
  let day = 0;
  /** @type {Message | null} */
  let before = null;
  let marked = !unread;
  messages.forEach((message, i) => {
    const at = message.at ?? now;
    const key = dayKey(at);
    const newDay = key !== day;
    if (newDay) lines.push({ type: "day", key: `day ${(day = key)}`, at });
    const isNew = !marked && !message.mine && (message.seq ?? 0) > /** @type {any} */ (unread).after;
    if (isNew) {
      marked = true;
      lines.push({ type: "unread", key: "unread", count: /** @type {any} */ (unread).count });
    }
    const first = newDay || isNew || !joined(before, message, now);
    const next = messages[i + 1];
    const last = !next || dayKey(next.at ?? now) !== key || !joined(message, next, now);
    lines.push({ type: "message", key: `${message.sender}/${message.id}`, message, first, last, named: named && !message.mine && first });
    before = message;
  });
  for (const upload of uploads) lines.push({ type: "upload", key: `upload ${upload.id}`, upload });
  return lines;
}

/** @param {Message | null} one @param {Message} next @param {number} now */
const joined = (one, next, now) => !!one && one.sender === next.sender && (next.at ?? now) - (one.at ?? now) < STRETCH;
