/** Commands that await their answer. */

import { COMMAND_TIMEOUT } from "./constants.js";

/**
 * `about` is the message or question that a command concerns.
 *
 * @typedef {{ kind: "send" | "sync" | "presence", about: string, at: number }} PendingCommand
 */

/** The commands of one socket, by id. Generated ids begin with `_`, which a message id never does. */
export class PendingCommands {
  /** @type {Map<string, PendingCommand>} */
  #commands = new Map();
  #last = 0;

  get size() {
    return this.#commands.size;
  }

  /** An id for a command that only needs one to recognize its answer. */
  newId() {
    return `_${++this.#last}`;
  }

  /**
   * @param {string} id
   * @param {PendingCommand["kind"]} kind
   * @param {string} about
   * @param {number} at
   */
  add(id, kind, about, at) {
    this.#commands.set(id, { kind, about, at });
  }

  /**
   * Remove and return the command that was answered, if it is pending.
   *
   * @param {string | null} id
   */
  resolve(id) {
    const command = id === null ? undefined : this.#commands.get(id);
    if (id !== null) this.#commands.delete(id);
    return command;
  }

  /**
   * Remove and return the commands that have waited too long.
   *
   * @param {number} now
   */
  overdue(now) {
    const late = [...this.#commands].filter(([, { at }]) => at + COMMAND_TIMEOUT <= now);
    for (const [id] of late) this.#commands.delete(id);
    return late.map(([, command]) => command);
  }

  /** Remove and return all commands, because their socket is gone. */
  clear() {
    const commands = [...this.#commands.values()];
    this.#commands.clear();
    return commands;
  }

  /** When the first command will have waited too long; infinite if there is none. */
  deadline() {
    return Math.min(...[...this.#commands.values()].map(({ at }) => at + COMMAND_TIMEOUT));
  }
}
