/**
 * Messages on their way out: one in flight per conversation, in the order they were written.
 *
 * @import { Outgoing } from "./types.js"
 */

/**
 * `afterSync` is the number of the sync that must be complete before this is sent again. `seq` is where the message is known to
 * be stored, although no ack has come; 0 if that is not known. It is `doubtful` whether it is stored once it has been sent, or if it
 * was written in an earlier session.
 *
 * @typedef {{ message: Outgoing, inFlight: boolean, failures: number, notBefore: number, afterSync: number, seq: number,
 *   doubtful: boolean }} Item
 */

/**
 * Messages not yet acknowledged. Of those not known to be stored, only the first of each conversation is sent.
 *
 * A message that is seen to be stored leaves its queue, but is sent again until its ack comes: the send that stored it may have
 * died before it told anybody, and only its repetition tells the user's other devices.
 */
export class Outbox {
  /** @type {Map<string, Item[]>} by conversation */
  #queues = new Map();
  /** @type {Map<string, Item>} by message id */
  #items = new Map();

  /** @param {Outgoing[]} messages */
  constructor(messages) {
    for (const message of messages) {
      this.add(message);
      this.#item(message.id).doubtful = true;
    }
  }

  get size() {
    return this.#items.size;
  }

  /** @param {string} id */
  has(id) {
    return this.#items.has(id);
  }

  /**
   * Put a message at the end of its conversation's queue.
   *
   * @param {Outgoing} message
   */
  add(message) {
    const item = { message, inFlight: false, failures: 0, notBefore: 0, afterSync: 0, seq: 0, doubtful: false };
    this.#items.set(message.id, item);
    const queue = this.#queues.get(message.conversation);
    if (queue) queue.push(item);
    else this.#queues.set(message.conversation, [item]);
  }

  /**
   * The messages that may be sent now, given that `syncs` syncs have been completed.
   *
   * @param {number} now
   * @param {number} syncs
   */
  ready(now, syncs) {
    return this.#idle(syncs)
      .filter(({ notBefore }) => notBefore <= now)
      .map(({ message }) => message);
  }

  /**
   * The `after` with which a message is sent: the cursor, but always below the message's own seq, because the server looks for
   * an earlier attempt behind `after`.
   *
   * @param {string} id
   * @param {number} cursor
   */
  after(id, cursor) {
    const { seq } = this.#item(id);
    return seq ? Math.min(cursor, seq - 1) : cursor;
  }

  /**
   * A message is in flight until it is settled or postponed, or the socket is lost.
   *
   * @param {string} id
   */
  launch(id) {
    const item = this.#item(id);
    item.inFlight = item.doubtful = true;
  }

  /**
   * Remove a message that was acknowledged or refused. Returns it if it was not known to be stored.
   *
   * @param {string} id
   */
  settle(id) {
    const item = this.#items.get(id);
    this.#items.delete(id);
    if (!item || item.seq) return undefined;
    this.#leaveQueue(item);
    return item.message;
  }

  /**
   * A message is seen to be stored, and its ack has not come. Returns it if that was not known.
   *
   * @param {string} id
   * @param {number} seq
   */
  stored(id, seq) {
    const item = this.#items.get(id);
    if (!item || item.seq) return undefined;
    item.seq = seq;
    this.#leaveQueue(item);
    // After a conflict, more has followed than the server searches, so the others have synced since, or will.
    if (item.afterSync) this.#items.delete(id);
    return item.message;
  }

  /**
   * The conversation now ends at `seq`. What was stored beyond is lost, and is not sent again.
   *
   * @param {string} conversation
   * @param {number} seq
   */
  rewind(conversation, seq) {
    for (const [id, item] of this.#items) {
      if (item.message.conversation === conversation && item.seq > seq) this.#items.delete(id);
    }
  }

  /** The server was restored. What was stored before is not repeated: every device fetches it, or it is lost. */
  restart() {
    for (const [id, item] of this.#items) if (item.seq) this.#items.delete(id);
  }

  /**
   * How often a message has been postponed.
   *
   * @param {string} id
   */
  failures(id) {
    return this.#item(id).failures;
  }

  /**
   * A message did not go through, and is sent again at `until`.
   *
   * @param {string} id
   * @param {number} until
   */
  postpone(id, until) {
    const item = this.#item(id);
    item.inFlight = false;
    item.failures++;
    item.notBefore = until;
  }

  /**
   * A message is sent again only if that sync has not found it stored. One known to be stored is dropped.
   *
   * @param {string} id
   * @param {number} sync
   */
  awaitSync(id, sync) {
    const item = this.#items.get(id);
    if (!item || item.seq) {
      this.settle(id);
      return;
    }
    item.inFlight = false;
    item.afterSync = sync;
  }

  /** The socket is gone and no answer will come, so whatever was in flight is sent again. */
  disconnected() {
    for (const item of this.#items.values()) {
      item.inFlight = false;
      item.afterSync = 0; // the next socket begins with a sync in any case
    }
  }

  /**
   * When the next postponed message may be sent; infinite if there is none.
   *
   * @param {number} syncs
   */
  deadline(syncs) {
    return Math.min(...this.#idle(syncs).map(({ notBefore }) => notBefore));
  }

  /** @param {number} syncs */
  #idle(syncs) {
    const first = [...this.#queues.values()].map(([item]) => item);
    const repeats = [...this.#items.values()].filter(({ seq }) => seq);
    return [...first.filter(({ afterSync }) => afterSync <= syncs), ...repeats].filter(({ inFlight }) => !inFlight);
  }

  /** @param {string} id */
  #item(id) {
    return /** @type {Item} */ (this.#items.get(id));
  }

  /**
   * The messages in a conversation that may have been stored without our knowing.
   *
   * @param {string} conversation
   */
  doubtful(conversation) {
    return (this.#queues.get(conversation) ?? []).filter(({ doubtful }) => doubtful).map(({ message }) => message.id);
  }

  /** @param {Item} item */
  #leaveQueue(item) {
    const { conversation } = item.message;
    const rest = (this.#queues.get(conversation) ?? []).filter((other) => other !== item);
    if (rest.length) this.#queues.set(conversation, rest);
    else this.#queues.delete(conversation);
  }
}
