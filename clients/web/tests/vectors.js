/** Runs clients/vectors/ on a session machine. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const DIRECTORY = new URL("../../vectors/", import.meta.url);
const OTHERS = ["constants.json", "wire.json"];

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, DIRECTORY), "utf8"));

/** The scenarios of all files. @returns {{ name: string, user: string, held: any, steps: any[] }[]} */
export const scenarios = () =>
  readdirSync(DIRECTORY)
    .filter((name) => name.endsWith(".json") && !OTHERS.includes(name))
    .flatMap(read);

export const constants = () => read("constants.json");
export const cases = () => read("wire.json");

/**
 * Take a session through a scenario, and compare what it does after each step.
 *
 * @param {typeof import("../parley/protocol/session.js").Session} Session
 * @param {ReturnType<typeof scenarios>[number]} scenario
 */
export function run(Session, { user, held, steps }) {
  const session = new Session(user, {
    cursors: new Map(Object.entries(held.cursors ?? {})),
    outbox: held.outbox ?? [],
    marks: held.marks ?? [],
    undelivered: held.undelivered ?? [],
    intents: Object.entries(held.intents ?? {}).map(([conversation, intent]) => ({ conversation, ...intent })),
    generation: held.generation,
  });
  for (const [index, step] of steps.entries()) {
    const { now, chance, input, writes = [], effects = [], events = [], state, deadline } = step;
    const out = session.step(withText(input), now, chance);
    const due = session.deadline();
    const told = {
      writes: out.writes,
      effects: out.effects.map((effect) => withFrame(effect)),
      events: out.events,
      state: session.state,
      deadline: due === Infinity ? null : due,
    };
    const expected = { writes, effects: effects.map((/** @type {any} */ effect) => withFrame(effect)), events, state, deadline };
    assert.deepEqual(told, expected, `step ${index + 1} at ${now}: ${JSON.stringify(input).slice(0, 300)}`);
  }
}

/** A frame stands in the vectors as the object in its text, except where the text itself matters. @param {any} input */
function withText({ frame, ...input }) {
  return frame === undefined ? input : { ...input, text: JSON.stringify(frame) };
}

/** @param {any} effect */
function withFrame({ text, ...effect }) {
  return text === undefined ? effect : { ...effect, frame: JSON.parse(text) };
}
