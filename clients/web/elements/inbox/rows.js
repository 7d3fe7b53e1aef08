/** The inbox's rows, made of what the server lists and what this device holds, which may be newer. */

/** @typedef {import("../types.js").InboxRow} InboxRow */
/** @typedef {import("../types.js").HeldConversation} HeldConversation */

/**
 * @typedef {{ conversation: string, user: string, at: number, text: string, mine: boolean, unread: number, muted: boolean,
 *   pinned: boolean }} Row
 */

/**
 * The rows, pinned ones first, then the newest.
 *
 * @param {InboxRow[]} listed
 * @param {HeldConversation[]} held
 * @param {{ me: string, other(id: string): string, media: string, now: number, only: boolean }} options `media`: the preview of a
 *   message without words; `only`: leave out what the server did not list
 * @returns {Row[]}
 */
export function rows(listed, held, { me, other, media, now, only }) {
  /** @type {Map<string, Row>} */
  const found = new Map();
  /** @type {Map<string, number>} */
  const seqs = new Map();
  for (const row of listed) {
    const { conversation, last, unread, muted, pinned } = row;
    seqs.set(conversation, last?.seq ?? 0);
    found.set(conversation, { conversation, user: row.other.user, at: last?.at ?? 0, text: last?.preview ?? "",
      mine: last?.sender === me, unread, muted: muted > now, pinned });
  }
  for (const { id, unread, last, seq } of held) {
    const row = found.get(id);
    if ((!row && only) || seq < (seqs.get(id) ?? 0)) continue;
    const base = row ?? { conversation: id, user: other(id), at: 0, text: "", mine: false, unread: 0, muted: false, pinned: false };
    const newer = last && (!row || last.seq > (seqs.get(id) ?? 0) || !row.text);
    const words = newer ? { at: last.at, text: last.body.text || (last.body.media?.length ? media : base.text), mine: last.sender === me } : {};
    found.set(id, { ...base, unread, ...words });
  }
  return [...found.values()].sort((one, two) => Number(two.pinned) - Number(one.pinned) || two.at - one.at);
}
