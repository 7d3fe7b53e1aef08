/**
 * What a session takes and returns. All of them are plain objects, so that they can be stored and posted to other tabs.
 * Times of the session's clock are seconds; `at` and `seen` are milliseconds since the epoch, by the server.
 */

/**
 * One line of a conversation's log. `seq` is the order that everybody sees.
 *
 * @typedef {{ conversation: string, seq: number, count: number, id: string, kind: string, sender: string, at: number,
 *   body: Record<string, any> }} Entry
 */

/**
 * A message not yet acknowledged. `to` is the other user of a direct conversation, otherwise null.
 *
 * @typedef {{ id: string, conversation: string, to: string | null, text: string, media: string[] }} Outgoing
 */

/** @typedef {Outgoing & { code: string, reason: string }} Undelivered a message that the server refused for good */

/**
 * How far a member's devices have received and read, according to the server.
 *
 * @typedef {{ conversation: string, user: string, delivered: number, read: number }} Marks
 */

/**
 * The user's own marks that the server has yet to confirm.
 *
 * @typedef {{ conversation: string, delivered: number, read: number }} Intent
 */

/** @typedef {{ online: boolean, seen: number | null }} Online */

/** @typedef {{ id: string, seq: number, unread: number, last: Entry | null }} Conversation as this device holds it */

/**
 * Everything in the store that a session needs to start: all but the entries themselves. `cursors` says up to which seq every
 * entry of a conversation is held; `outbox` is in the order written; `generation` is the server's, of which all of this is, or
 * empty if it has not been told.
 *
 * @typedef {{ cursors: Map<string, number>, outbox: Outgoing[], marks: Marks[], undelivered: Outgoing[], intents: Intent[],
 *   generation?: string }} SavedState
 */

/** @typedef {"stopped" | "connecting" | "syncing" | "live" | "waiting"} State */

/**
 * What happens to the connection. `attempt` is the number of the attempt that an input belongs to, so that a late input of an
 * earlier socket is recognized. `expires` is on the session's clock.
 *
 * @typedef {{ type: "start" } | { type: "stop" } | { type: "nudge" } | { type: "tick" }
 *   | { type: "tokenFetched", attempt: number, token: string, subject: string | null, expires: number | null }
 *   | { type: "tokenFailed", attempt: number, refused: boolean, reason: string }
 *   | { type: "socketOpened", attempt: number }
 *   | { type: "socketFailed", attempt: number, status: number | null, reason: string }
 *   | { type: "socketClosed", attempt: number, code: number | null }} ConnectionInput
 */

/**
 * What the user does.
 *
 * @typedef {{ type: "sendMessage", message: Outgoing }
 *   | { type: "markRead", conversation: string, seq: number | null }
 *   | { type: "keyPressed", conversation: string }
 *   | { type: "queryPresence", question: string, users: string[] }} UserInput
 */

/** @typedef {ConnectionInput | UserInput | { type: "frameReceived", attempt: number, text: string }} Input */

/**
 * Those of one step are stored durably, all or none, before any of its effects and events.
 *
 * - `putEntries`: entries that follow the cursors without a gap; the cursors move with them.
 * - `rewind`: delete the entries after `seq`, and lower cursor, marks and intent to `seq` at most.
 * - `skip`: delete a conversation's entries, and move its cursor to `seq`; those in between are in the server's archive.
 * - `putGeneration`: note the server's generation, which everything that is stored is of.
 * - `restart`: delete all entries, cursors, marks and intents, and note the server's generation. The outbox stays as it is.
 * - `addOutgoing`: append to the outbox, and remove from the undelivered.
 * - `removeOutgoing`: remove from the outbox or the undelivered.
 * - `failOutgoing`: move from the outbox to the undelivered.
 * - `putMarks`: replace a member's marks.
 * - `putIntent`: replace the intent; both 0 means that there is none.
 *
 * @typedef {{ type: "putEntries", entries: Entry[] }
 *   | { type: "rewind", conversation: string, seq: number }
 *   | { type: "skip", conversation: string, seq: number }
 *   | { type: "putGeneration" | "restart", generation: string }
 *   | { type: "addOutgoing", message: Outgoing }
 *   | { type: "removeOutgoing", id: string }
 *   | { type: "failOutgoing", id: string, code: string, reason: string }
 *   | { type: "putMarks", marks: Marks }
 *   | ({ type: "putIntent" } & Intent)} Write
 */

/**
 * In order. None of them may keep the session waiting: their outcomes come back as inputs.
 *
 * @typedef {{ type: "fetchToken", attempt: number, refused: boolean }
 *   | { type: "openSocket", attempt: number, token: string }
 *   | { type: "sendFrame", attempt: number, text: string }
 *   | { type: "closeSocket", attempt: number }} Effect
 */

/**
 * README.md says what each event means.
 *
 * @typedef {{ type: "state", state: State, retryIn: number | null, reason: string }
 *   | { type: "signedOut", reason: string }
 *   | { type: "received", entry: Entry }
 *   | { type: "queued", id: string, conversation: string }
 *   | { type: "sent", id: string, conversation: string, seq: number, at: number }
 *   | { type: "failed", id: string, conversation: string, text: string, code: string, reason: string }
 *   | ({ type: "receipt" } & Marks)
 *   | { type: "typing", conversation: string, user: string, typing: boolean }
 *   | { type: "presence", question: string, users: Record<string, Online> | null }
 *   | { type: "rewound", conversation: string, seq: number }
 *   | { type: "skipped", conversation: string, seq: number }} SessionEvent
 */

/** @typedef {{ writes: Write[], effects: Effect[], events: SessionEvent[] }} Output */

export {};
