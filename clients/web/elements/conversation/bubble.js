/** One line of the list: a message, a file on its way, a day. */

import { h, icon } from "../dom.js";
import { direction, emojiOnly, pieces } from "../text.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("./layout.js").Line} Line */
/** @typedef {import("./layout.js").Upload} Upload */

/**
 * What the lines need of the element around them.
 *
 * @typedef {{ strings: import("../types.js").Strings, dates: import("../dates.js").Dates, rtl: boolean,
 *   attachments: import("./attachments.js").Attachments, name(user: string): string,
 *   resend(id: string): void, dismiss(id: string): void, retry(id: string): void, cancel(id: string): void }} Host
 */

const TICKS = { waiting: "clock", failed: "alert", sent: "tick", delivered: "ticks", read: "ticks" };

/**
 * Draw a line.
 *
 * @param {Line} line
 * @param {Host} host
 * @returns {HTMLElement}
 */
export function draw(line, host) {
  switch (line.type) {
    case "day":
      return h("div", { class: "day", part: "day" }, h("span", {}, host.dates.day(line.at)));
    case "unread":
      return h("div", { class: "unread", part: "unread" }, h("span", {}, host.strings.unread(line.count)));
    case "upload":
      return upload(line.upload, host);
    case "message":
      return message(line, host);
  }
}

/**
 * Whatever a line's look depends on: a line is drawn again when this changes.
 *
 * @param {Line} line
 * @param {Host} host
 */
export function signature(line, host) {
  if (line.type === "day") return host.dates.day(line.at);
  if (line.type === "unread") return String(line.count);
  if (line.type === "upload") return `${line.upload.failed} ${line.upload.interrupted} ${line.upload.refused}`;
  const { state, text, at, code, reason, media, mine, sender } = line.message;
  return [state, text, at, code, reason, media, line.first, line.last, line.named, !mine && host.name(sender)].join("\u0000");
}

/** @param {Extract<Line, { type: "message" }>} line @param {Host} host */
function message({ message, first, last, named }, host) {
  const { strings } = host;
  const { mine, text, state } = message;
  const big = !message.media.length && emojiOnly(text);
  const block = direction(text) !== (host.rtl ? "rtl" : "ltr");
  const who = mine ? strings.you : host.name(message.sender);
  const bubble = h("div", { class: "bubble", part: mine ? "bubble bubble-own" : "bubble bubble-other" },
    named ? h("div", { class: "name", dir: "auto" }, who) : who && h("span", { class: "sr" }, `${who}: `),
    message.media.length > 0 && host.attachments.make(message.media),
    text && h("div", { class: "text", dir: "auto" }, ...words(text)),
    meta(message, host));
  const classes = ["row", mine ? "own" : "other", first && "first", last && "last", big && "big", block && "block", text || "bare",
    message.media.length > 0 && "pictured", state];
  const row = h("div", { class: classes.filter((name) => name && name !== text).join(" "), part: "message" }, bubble);
  if (state === "failed") {
    row.append(h("div", { class: "failure" }, h("span", { dir: "auto" }, strings.failed(message.code ?? "", message.reason ?? "")), " ",
      h("button", { class: "link", type: "button", onclick: () => host.resend(message.id) }, strings.resend), " ",
      h("button", { class: "link", type: "button", onclick: () => host.dismiss(message.id) }, strings.dismiss)));
  }
  return row;
}

/** @param {string} text */
const words = (text) =>
  pieces(text).map(({ text, href }) =>
    href ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", dir: "ltr", title: href }, text) : text);

/** @param {Message} message @param {Host} host */
function meta({ at, mine, state }, host) {
  const time = at ? h("time", { datetime: new Date(at).toISOString() }, host.dates.time(at)) : null;
  if (!mine) return h("span", { class: "meta" }, time);
  const label = state === "failed" ? "" : host.strings[/** @type {"sent"} */ (state)];
  const tick = h("span", { class: "tick", part: `tick tick-${state}`, role: "img", "aria-label": label || host.strings.failed("", ""), title: label },
    icon(TICKS[/** @type {"sent"} */ (state)]));
  return h("span", { class: "meta" }, time, tick);
}

/** @param {Upload} upload @param {Host} host */
function upload({ id, text, files, failed, interrupted, refused }, host) {
  const { strings } = host;
  const previews = files.map((file) => {
    if (!file.type.startsWith("image/")) return h("div", { class: "medium" }, h("div", { class: "document" }, icon("file"), h("span", { dir: "auto" }, file.name)));
    const url = URL.createObjectURL(file);
    const free = () => URL.revokeObjectURL(url);
    return h("div", { class: "medium" }, h("img", { alt: "", src: url, onload: free, onerror: free }));
  });
  const progress = h("progress", { max: 1, value: 0, "aria-label": strings.uploading(0) });
  const bubble = h("div", { class: "bubble", part: "bubble bubble-own" }, h("span", { class: "sr" }, `${strings.you}: `),
    h("div", { class: `media n${Math.min(files.length, 4)}` }, ...previews), text && h("div", { class: "text", dir: "auto" }, text),
    failed ? null : h("div", { class: "sending" }, progress,
      h("button", { class: "link", type: "button", onclick: () => host.cancel(id) }, strings.cancel)));
  const row = h("div", { class: `row own first last upload pictured ${failed ? "failed" : "waiting"} ${text ? "" : "bare"}`, part: "message" }, bubble);
  if (failed) {
    const why = refused ? strings.uploadRefused(refused) : interrupted ? strings.uploadInterrupted : strings.uploadFailed;
    row.append(h("div", { class: "failure" }, h("span", { dir: "auto" }, why), " ",
      !refused && h("button", { class: "link", type: "button", onclick: () => host.retry(id) }, strings.resend), " ",
      h("button", { class: "link", type: "button", onclick: () => host.cancel(id) }, strings.dismiss)));
  }
  return row;
}

/**
 * Move an upload's bar, without drawing it again.
 *
 * @param {HTMLElement} row
 * @param {Upload} upload
 * @param {Host} host
 */
export function advance(row, upload, host) {
  const bar = row.querySelector("progress");
  if (!bar || !upload.size) return;
  const share = Math.min(1, upload.sent / upload.size);
  bar.value = share;
  bar.setAttribute("aria-label", host.strings.uploading(Math.round(share * 100)));
}
