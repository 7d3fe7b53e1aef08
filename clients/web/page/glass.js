/**
 * Behind the glass: each frame of the phones, and behind it the function that it started, what that function asked of
 * AWS, and what all of it costs.
 */

import { ENOUGH, money } from "./cost.js";
import { h } from "./dom.js";
import { gist } from "./frames.js";

const KEPT = 300;
const MILLION = `A million: as the messages so far, from ${ENOUGH} on, with acks, marks, receipts and pushes, without connecting.`;
/** What passes while nobody does anything. */
const NOISE = new Set(["presence", "ping", "pong"]);
/** A function's report comes after its frame, and a frame waits this long (ms) for it. */
const PATIENCE = 30_000;

/**
 * @typedef {import("./cost.js").Invocation} Invocation
 * @typedef {{ phone: import("./phone.js").Phone, direction: "out" | "in", text: string, frame: any, at: number }} Seen
 * @typedef {{ who: string, kind: string, words: string, element: HTMLElement, usd: HTMLElement, sum: number }} Row
 */

export class Glass {
  /** @type {Row[]} newest first */
  #rows = [];
  /** @type {{ user: string, route: string, at: number, row: Row }[]} frames whose function has not reported yet */
  #waiting = [];
  /** @type {Map<string, string>} the phones' names, by user id */
  #names = new Map();
  #list = h("ol.frames", { tabindex: 0, "aria-label": "Frames, the newest first" });
  #total = h("dd", { id: "total" }, money(0));
  #rate = h("dd", { id: "rate" }, "–");
  #messages = h("dd", { id: "messages" }, "0");
  #who = h("div.filters", { role: "group", "aria-label": "Filter" });
  #search = /** @type {HTMLInputElement} */ (
    h("input", { type: "search", placeholder: "filter", "aria-label": "Filter by text", oninput: () => this.#filter() })
  );
  #only = "";
  #noisy = false;
  /** @type {Set<string>} the messages that have been acknowledged, some of them more than once */
  #stored = new Set();
  #nothing = h("li.empty", { hidden: true }, "Nothing matches.");
  /** @type {(() => void)[] | null} what came while a row was being pressed: a row that moves in mid-click is never clicked */
  #held = null;
  #costs;
  #workers = this.#chip("Workers", "workers");

  /**
   * @param {HTMLElement} place
   * @param {import("./cost.js").Costs} costs
   */
  constructor(place, costs) {
    this.#costs = costs;
    const body = h("div", { id: "glass-body" });
    body.append(
      h("dl.figures", {},
        h("div", {}, h("dt", {}, "so far"), this.#total),
        h("div", {}, h("dt", {}, "messages"), this.#messages),
        h("div", { title: MILLION }, h("dt", {}, "a million messages"), this.#rate)),
      h("p.note", {}, `AWS’s prices, this machine’s milliseconds; no log lines, no storage. A millionth of a dollar is 1 µ$. ${MILLION}`),
      this.#who,
    );
    const fold = h("button.fold", {
      type: "button", "aria-expanded": "true", "aria-controls": "glass-body",
      onclick: () => {
        const closed = place.classList.toggle("closed");
        body.hidden = this.#list.hidden = closed;
        fold.textContent = closed ? "Show" : "Hide";
        fold.setAttribute("aria-expanded", String(!closed));
      },
    }, "Hide");
    place.append(h("header", {}, h("h2", {}, "Behind the glass"), fold), body, this.#list);
    this.#list.addEventListener("pointerdown", () => (this.#held ??= []));
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => setTimeout(() => this.#release()));
    this.#list.append(h("li.empty", {}, "Frames appear here as they pass, with the Lambda behind each."));
    this.#who.append(this.#chip("All", ""), this.#workers, this.#search, this.#noise());
  }

  /** @param {import("./phone.js").Phone} phone whose frames are to be shown */
  watch(phone) {
    this.#who.insertBefore(this.#chip(title(phone.name), phone.name), this.#workers);
    phone.addEventListener("client", () => this.#names.set(phone.user, phone.name));
    phone.addEventListener("frame", (event) => this.#unpressed(() => this.#frame(/** @type {CustomEvent<Seen>} */ (event).detail)));
  }

  /** @param {Invocation} invocation */
  invocation(invocation) {
    this.#unpressed(() => this.#invocation(invocation));
  }

  /**
   * @param {import("./phone.js").Push} push
   * @param {string} who whose phone it is for
   */
  push(push, who) {
    this.#unpressed(() => this.#push(push, who));
  }

  /** @param {() => void} show now, or as soon as no row is being pressed */
  #unpressed(show) {
    if (this.#held) this.#held.push(show);
    else show();
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const show of held) show();
  }

  /** @param {Invocation} invocation */
  #invocation(invocation) {
    const who = this.#names.get(invocation.user ?? "") ?? "workers";
    const usd = this.#costs.invocation(invocation);
    const now = Date.now();
    this.#waiting = this.#waiting.filter(({ at }) => now - at < PATIENCE);
    const index = this.#waiting.findIndex(({ user, route }) => user === invocation.user && route === invocation.route);
    const row = index < 0 ? this.#add(who, "λ", invocation.route, "", 0) : this.#waiting[index].row;
    if (index >= 0) this.#waiting.splice(index, 1);
    row.element.append(lambda(invocation));
    row.words += ` ${invocation.function} ${invocation.calls.map(({ operation }) => operation).join(" ")}`.toLowerCase();
    this.#price(row, usd);
  }

  /**
   * @param {import("./phone.js").Push} push
   * @param {string} who whose phone it is for
   */
  #push(push, who) {
    const row = this.#add(who, "↓", "push", `${push.title}${push.text ? `: ${push.text}` : ""} · badge ${push.badge}`, 0);
    this.#price(row, this.#costs.push());
  }

  /** @param {Seen} seen */
  #frame({ phone, direction, text, frame, at }) {
    const kind = frame.action ?? frame.type ?? "?";
    const row = this.#add(phone.name, direction === "out" ? "↑" : "↓", kind, gist(frame), 0, frame);
    if (direction === "out" && kind !== "ping") this.#waiting.push({ user: phone.user, route: kind, at, row });
    if (kind === "ack" && typeof frame.count === "number") this.#costs.messages = this.#stored.add(frame.id).size;
    this.#price(row, this.#costs.frame(kind, text));
  }

  /**
   * @param {string} who
   * @param {string} sign
   * @param {string} kind
   * @param {string} what
   * @param {number} sum
   * @param {unknown} [frame]
   * @returns {Row}
   */
  #add(who, sign, kind, what, sum, frame) {
    const usd = h("span.usd");
    const summary = h("summary", {},
      h("span.who", {}, `${sign} ${title(who)}`), h("span.kind", {}, kind), h("span.gist", {}, what), usd);
    const details = h("details", {}, summary);
    details.addEventListener("toggle", () => details.append(h("pre", {}, JSON.stringify(frame, null, 2))), { once: true });
    const element = h("li", { class: who }, frame ? details : h("div", {}, ...summaryOnly(summary)));
    const row = { who, kind, words: `${who} ${kind} ${what}`.toLowerCase(), element, usd, sum };
    if (!this.#rows.length) this.#list.replaceChildren(this.#nothing);
    this.#rows.unshift(row);
    this.#list.prepend(element);
    element.hidden = !this.#shows(row);
    for (const old of this.#rows.splice(KEPT)) old.element.remove();
    this.#nothing.hidden = this.#rows.some(({ element }) => !element.hidden);
    return row;
  }

  /**
   * @param {Row} row
   * @param {number} usd
   */
  #price(row, usd) {
    row.sum += usd;
    row.usd.textContent = money(row.sum);
    this.#total.textContent = money(this.#costs.total);
    this.#messages.textContent = String(this.#costs.messages);
    this.#rate.textContent = this.#costs.perMillion === null ? "–" : money(this.#costs.perMillion);
  }

  /**
   * @param {string} label
   * @param {string} who
   */
  #chip(label, who) {
    const chip = h("button.chip", {
      type: "button", "aria-pressed": String(who === this.#only),
      onclick: () => {
        this.#only = who;
        for (const other of this.#who.querySelectorAll(".chip:not(.noise)")) other.setAttribute("aria-pressed", String(other === chip));
        this.#filter();
      },
    }, label);
    return chip;
  }

  /** The switch that shows what passes while nobody does anything. */
  #noise() {
    const chip = h("button.chip.noise", {
      type: "button", "aria-pressed": "false", title: "Frames that pass while nobody does anything",
      onclick: () => {
        this.#noisy = !this.#noisy;
        chip.setAttribute("aria-pressed", String(this.#noisy));
        this.#filter();
      },
    }, "Presence, pings");
    return chip;
  }

  #filter() {
    for (const row of this.#rows) row.element.hidden = !this.#shows(row);
    this.#nothing.hidden = this.#rows.some(({ element }) => !element.hidden);
  }

  /** @param {Row} row */
  #shows(row) {
    return (!this.#only || row.who === this.#only) && (this.#noisy || !NOISE.has(row.kind)) && row.words.includes(this.#search.value.trim().toLowerCase());
  }
}

/** @param {HTMLElement} summary */
function summaryOnly(summary) {
  const line = h("div.summary");
  line.append(...summary.childNodes);
  return [line];
}

/** @param {Invocation} invocation */
function lambda({ function: name, ms, error, calls }) {
  return h("p.lambda", {},
    "λ", h("strong", {}, short(name)), `${Math.round(ms)} ms`, error && h("span.wrong", {}, error),
    ...runs(calls).map(({ operation, times, reads, writes }) => h("span.call", {},
      operation, times > 1 ? ` × ${times}` : null, ...(reads ? [" ", h("b", {}, String(reads)), " RU"] : []),
      ...(writes ? [" ", h("b", {}, String(writes)), " WU"] : []))));
}

/**
 * @param {import("./cost.js").Call[]} calls
 * @returns {{ operation: string, times: number, reads: number, writes: number }[]} with calls of one kind in a row as one
 */
function runs(calls) {
  /** @type {ReturnType<typeof runs>} */
  const found = [];
  for (const { operation, readUnits = 0, writeUnits = 0 } of calls) {
    const last = found.at(-1);
    if (last?.operation === operation) {
      last.times += 1;
      last.reads += readUnits;
      last.writes += writeUnits;
    } else found.push({ operation, times: 1, reads: readUnits, writes: writeUnits });
  }
  return found;
}

/** @param {string} name `parley-local-MessageFunction-1A2B` */
function short(name) {
  return /([A-Za-z]+)Function/.exec(name)?.[1] ?? name;
}

/** @param {string} name */
function title(name) {
  return name === "workers" ? "Workers" : name[0].toUpperCase() + name.slice(1);
}
