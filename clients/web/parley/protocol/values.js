/** Ids and contents: what a server could accept. */

import { MEDIA_LIMIT, TEXT_LIMIT } from "./constants.js";

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const MEDIA = /^[0-9A-HJKMNP-TV-Z]{26}$/;
/** What Python's `str.strip` takes away. */
const BLANK = /^(?:(?!\ufeff)[\s\x1c-\x1f\x85])*$/;
const CONVERSATION = /^(dm:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,64}|g:[0-9A-HJKMNP-TV-Z]{26})$/;

/**
 * Whether this can be the id of a user, device or message.
 *
 * @param {string} value
 */
export const isId = (value) => ID.test(value);

/**
 * The id of the conversation between two users, in whichever order they are given.
 *
 * @param {string} one
 * @param {string} other
 */
export const direct = (one, other) => `dm:${[one, other].sort().join(":")}`;

/**
 * The conversation that `where` (a user or a conversation) means to `user`, and its other user if it has one.
 *
 * @param {string} user
 * @param {string} where
 * @returns {{ conversation: string, to: string | null }}
 * @throws {RangeError} `where` is not a conversation that this user could be in
 */
export function address(user, where) {
  if (ID.test(where)) {
    if (where === user) throw new RangeError("a conversation needs somebody else");
    return { conversation: direct(user, where), to: where };
  }
  if (!CONVERSATION.test(where)) throw new RangeError(`not a user or conversation: ${where}`);
  const [kind, one, other] = where.split(":");
  if (kind === "g") return { conversation: where, to: null };
  if (one >= other || (user !== one && user !== other)) throw new RangeError(`not one of your conversations: ${where}`);
  return { conversation: where, to: user === one ? other : one };
}

/**
 * Refuse a message that no server would accept.
 *
 * @param {string} text
 * @param {string[]} media
 * @throws {RangeError} it is empty or only blanks, too long or not Unicode (half a surrogate pair), or its media are no ids of uploads
 */
export function checkContent(text, media) {
  if (media.length > MEDIA_LIMIT) throw new RangeError(`a message has at most ${MEDIA_LIMIT} media, and this has ${media.length}`);
  const odd = media.find((name) => !MEDIA.test(name));
  if (odd !== undefined) throw new RangeError(`not the id of media: ${odd}`);
  if (BLANK.test(text) && !media.length) throw new RangeError("a message cannot be empty");
  let length = 0;
  for (const point of text) {
    if (/^[\ud800-\udfff]$/.test(point)) throw new RangeError("the message is not valid Unicode");
    length++;
  }
  if (length > TEXT_LIMIT) throw new RangeError(`a message is at most ${TEXT_LIMIT} characters, and this has ${length}`);
}
