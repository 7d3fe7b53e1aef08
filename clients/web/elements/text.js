/** What is done with words that others wrote: links found, emoji recognized, initials and directions taken. */

/** Ends at spaces, quotes, angle brackets, and the invisible characters that could turn an address around. */
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/giu;
const TRAILING = /[.,;:!?…)\]}*_~»”’]+$/u;
const EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*|\p{Regional_Indicator}{2}|\s)+$/u;
const RTL = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * Split a text at its links. Only http and https lead anywhere.
 *
 * @param {string} text
 * @returns {{ text: string, href?: string }[]}
 */
export function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimmed(match[0]);
    const href = address(link);
    if (!href) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: link, href });
    from = match.index + link.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** @param {string} link without the punctuation that ends the sentence; a bracket stays if it was opened in the link */
function trimmed(link) {
  let rest = link;
  for (let tail = TRAILING.exec(rest); tail; tail = TRAILING.exec(rest)) {
    if (rest.endsWith(")") && rest.split("(").length >= rest.split(")").length) break;
    rest = rest.slice(0, -1);
  }
  return rest;
}

/** @param {string} link */
function address(link) {
  try {
    const url = new URL(/^www\./i.test(link) ? `https://${link}` : link);
    return /^https?:$/.test(url.protocol) && url.hostname.includes(".") || url.hostname === "localhost" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * Whether a text is one to three emoji and nothing else, which is shown larger.
 *
 * @param {string} text
 */
export function emojiOnly(text) {
  if (!text || text.length > 40 || !EMOJI.test(text)) return false;
  const symbols = text.replace(/\s/g, "").match(/\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*/gu);
  return !!symbols && symbols.length <= 3;
}

/**
 * The direction of a text's first letter, as `dir="auto"` finds it.
 *
 * @param {string} text
 * @returns {"ltr" | "rtl"}
 */
export const direction = (text) => (RTL.test(text) ? "rtl" : "ltr");

/**
 * One or two letters for a picture of somebody who has none.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.match(/\p{L}[\p{L}\p{M}'’.-]*|\p{N}+/gu) ?? [];
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0).toLocaleUpperCase()).join("");
}

/**
 * A hue (0–359) that is always the same for the same id.
 *
 * @param {string} id
 */
export function hue(id) {
  let sum = 7;
  for (let i = 0; i < id.length; i++) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return (sum % 24) * 15;
}

/**
 * A name without the invisible characters that turn the text around it, and on one line.
 *
 * @param {string} name
 */
export const plainName = (name) => name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").replace(/[\s\p{Cc}]+/gu, " ").trim();
