/**
 * The store for what must outlive a session: its interface, and what its implementations share.
 *
 * @import { Conversation, Entry, Intent, Marks, Outgoing, SavedState, Undelivered, Write } from "../protocol/types.js"
 */

/**
 * One user's state on one device. Any method may reject with a `StoreError`.
 *
 * - `device` is chosen once, when the store is created.
 * - `apply` applies all of the writes durably, or none of them. `addOutgoing` changes nothing if the message is in the outbox.
 * - `entries` returns those between `after` and `before`, both exclusive, by ascending seq: the first `limit` of them if `after`
 *   is given, otherwise the last.
 * - `conversations` returns the most recent first. Unread is what the user has neither read nor replied to. What
 *   had been archived before this device has seen it has been read by everybody.
 * - `marks` returns the members' marks. The user's own are at least what this device has to confirm, shown or not.
 * - `sent` returns the user's own entry with that id, if it is held.
 * - `outbox` and `undelivered` return messages in the order written, or refused.
 * - `dismiss` deletes an undelivered message. An unknown id is not an error.
 *
 * @typedef {object} Store
 * @property {string} user
 * @property {string} device
 * @property {() => Promise<SavedState>} load
 * @property {(writes: Write[]) => Promise<void>} apply
 * @property {(conversation: string, range: { after?: number, before?: number, limit: number }) => Promise<Entry[]>} entries
 * @property {() => Promise<Conversation[]>} conversations
 * @property {(conversation: string) => Promise<Marks[]>} marks
 * @property {(id: string) => Promise<Entry | undefined>} sent
 * @property {() => Promise<Outgoing[]>} outbox
 * @property {() => Promise<Undelivered[]>} undelivered
 * @property {(id: string) => Promise<void>} dismiss
 * @property {() => Promise<void>} close
 */

/** The store cannot be used. The message says why, for anyone who runs the app. */
export class StoreError extends Error {
  /** @override */
  name = "StoreError";
}

/**
 * A conversation's marks, with the user's own moved up to what they want them to be.
 *
 * @param {Marks[]} marks
 * @param {string} user
 * @param {Intent | undefined} intent
 */
export function withIntent(marks, user, intent) {
  if (!intent) return marks;
  const { conversation } = intent;
  const own = marks.find((held) => held.user === user) ?? { conversation, user, delivered: 0, read: 0 };
  const delivered = Math.max(own.delivered, intent.delivered);
  const read = Math.max(own.read, intent.read);
  return [...marks.filter((held) => held.user !== user), { conversation, user, delivered, read }];
}

/**
 * The `count` before an entry, which is the first that is held: what comes before it is archived, and everybody has read it.
 *
 * @param {Entry | undefined} first
 */
export const countBefore = (first) => (first ? first.count - (first.kind === "message" ? 1 : 0) : 0);

/** @param {Conversation[]} conversations */
export const newestFirst = (conversations) => conversations.sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0));

/** An id that nobody else has. */
export const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
