import assert from "node:assert/strict";
import { test } from "node:test";

import * as constants from "../parley/protocol/constants.js";
import { Session } from "../parley/protocol/session.js";
import { address, checkContent, direct, isId } from "../parley/protocol/values.js";
import * as wire from "../parley/protocol/wire.js";
import * as vectors from "./vectors.js";

for (const scenario of vectors.scenarios()) {
  test(scenario.name, () => vectors.run(Session, scenario));
}

test("every constant has its value", () => {
  const numbers = Object.fromEntries(Object.entries(constants).filter(([, value]) => typeof value === "number"));
  assert.deepEqual(numbers, vectors.constants());
});

const cases = vectors.cases();

test("frames are read leniently", () => {
  for (const { text, is } of cases.frames) {
    const frame = wire.parse(text);
    const told =
      "ends" in frame ? { ...frame, ends: Object.fromEntries(frame.ends), begins: Object.fromEntries(frame.begins) } : frame;
    assert.deepEqual(told, is, text);
  }
});

test("commands are written exactly", () => {
  for (const { message, after, is, bytes } of cases.commands) {
    assert.equal(wire.send(message, after), is);
    assert.equal(wire.size(is), bytes);
  }
});

test("ids, conversations and contents are checked", () => {
  for (const { id, valid } of cases.ids) assert.equal(isId(id), valid, id);
  for (const { one, other, is } of cases.direct) assert.equal(direct(one, other), is);
  for (const { user, where, is } of cases.addresses) {
    if (is) assert.deepEqual(address(user, where), is, where);
    else assert.throws(() => address(user, where), RangeError, where);
  }
  for (const { text, times, media, valid } of cases.contents) {
    const check = () => checkContent(text.repeat(times), media);
    if (valid) check();
    else assert.throws(check, RangeError, `${text} ${times} ${media}`);
  }
});

test("pauses are full jitter, or what the server says", () => {
  for (const { failures, chance, is } of cases.backoff) assert.equal(constants.backoff(failures, chance), is);
  for (const { retryAfter, failures, chance, is } of cases.pause) assert.equal(constants.pause(retryAfter, failures, chance), is);
});
