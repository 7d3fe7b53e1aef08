/**
 * What happens to a phone, in short lines. Pure: frames and events go in, lines come out.
 *
 * @typedef {"plain" | "good" | "bad" | "wait"} Tone
 * @typedef {{ text: string, tone: Tone }} Line
 * @typedef {Record<string, any>} Frame
 */

export class Story {
  /** How often each message has been handed to a socket, and acknowledged, by id. */
  #sends = new Map();
  #acks = new Map();
  #waiting = 0;
  /** The entries of the pages of the sync that is under way. */
  #filled = 0;
  #wasLive = false;

  /**
   * @param {"out" | "in"} direction
   * @param {Frame} frame
   * @returns {Line[]}
   */
  frame(direction, frame) {
    if (direction === "out") {
      if (frame.action !== "send") return [];
      const times = bump(this.#sends, frame.id);
      return times > 1 ? [line("sent again, with the same id: the ack had not come", "wait")] : [];
    }
    if (frame.type === "ack" && this.#sends.has(frame.id)) return this.#acknowledged(frame);
    if (frame.type === "synced") return this.#synced(frame);
    if (frame.type === "error" && frame.code !== "not_ready") return [line(`the server refused: ${frame.code}`, "bad")];
    return [];
  }

  /**
   * @param {Frame} event one of the client's
   * @param {number} outbox how many messages are waiting now
   * @returns {Line[]}
   */
  event(event, outbox) {
    const lines = [];
    if (event.type === "state" && event.state === "waiting" && this.#wasLive) {
      lines.push(line("no connection: what is written waits on the phone", "wait"));
    }
    if (event.type === "state" && event.state === "live" && !this.#wasLive) lines.push(line("connected", "good"));
    if (event.type === "state" && event.state !== "connecting" && event.state !== "syncing") {
      this.#wasLive = event.state === "live";
    }
    if (event.type === "failed") lines.push(line(`not sent: ${event.reason || event.code}`, "bad"));
    if (event.type === "signedOut") lines.push(line("signed out", "bad"));
    if (event.type === "queued" && !this.#wasLive) lines.push(line(`in the outbox: ${outbox}`, "wait"));
    if (event.type === "sent" && this.#waiting > 0 && outbox === 0) lines.push(line("the outbox is empty", "good"));
    if (event.type === "queued") this.#waiting = this.#wasLive ? this.#waiting : outbox;
    if (event.type === "sent" && outbox === 0) this.#waiting = 0;
    return lines;
  }

  /**
   * @param {{ title: string, text?: string, badge: number }} push
   * @param {boolean} reachable whether the phone has a network to get it by
   * @returns {Line}
   */
  push(push, reachable) {
    const what = push.text ? `${push.title}: “${push.text}”` : push.title;
    return line(`push sent: ${what} · badge ${push.badge}${reachable ? "" : " – waits for a network"}`, "good");
  }

  /** @param {Frame} ack */
  #acknowledged(ack) {
    const acks = bump(this.#acks, ack.id);
    if (acks > 1) return [line(`arrived twice, stored once, as number ${ack.seq}`, "good")];
    if (this.#sends.get(ack.id) > 1) return [line(`stored once, as number ${ack.seq}, however often it was sent`, "good")];
    return this.#waiting > 0 ? [line(`sent from the outbox: number ${ack.seq}`, "good")] : [];
  }

  /** @param {Frame} synced */
  #synced(synced) {
    this.#filled += synced.entries.length;
    if (synced.more) return [];
    const filled = this.#filled;
    this.#filled = 0;
    return filled ? [line(`sync filled ${filled}`, "good")] : [];
  }
}

/**
 * @param {string} text
 * @param {Tone} [tone]
 * @returns {Line}
 */
export function line(text, tone = "plain") {
  return { text, tone };
}

/**
 * @param {Map<string, number>} counts
 * @param {string} id
 */
function bump(counts, id) {
  const times = (counts.get(id) ?? 0) + 1;
  counts.set(id, times);
  return times;
}
