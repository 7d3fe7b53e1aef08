/** Where one writes. Enter sends, and Shift+Enter begins a new line; an Enter that picks a candidate of an input method does not. */

import { h, icon } from "../dom.js";
import { ACCEPT, MOST, objection } from "./files.js";

/** The most characters that a message may have. */
const LIMIT = 8000;

export class Composer {
  #strings;
  #actions;
  /** @type {{ file: File, chip: HTMLElement }[]} */
  #files = [];

  /**
   * @param {import("../types.js").Strings} strings
   * @param {{ send(text: string, files: File[]): void, typing(): void }} actions
   */
  constructor(strings, actions) {
    this.#strings = strings;
    this.#actions = actions;
    this.input = h("textarea", { rows: 1, dir: "auto", placeholder: strings.write, "aria-label": strings.write, enterkeyhint: "send",
      part: "input", oninput: () => {
        this.#changed();
        if (this.text) this.#actions.typing();
      }, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onpaste: (/** @type {ClipboardEvent} */ event) => this.#paste(event) });
    this.picker = h("input", { type: "file", multiple: true, accept: ACCEPT, hidden: true, onchange: () => {
      this.add([...(this.picker.files ?? [])]);
      this.picker.value = "";
    } });
    this.attach = h("button", { class: "round", type: "button", "aria-label": strings.attach, title: strings.attach, part: "attach",
      onclick: () => this.picker.click() }, icon("attach"));
    this.button = h("button", { class: "round send", type: "submit", "aria-label": strings.send, title: strings.send, part: "send" },
      icon("send"));
    this.tray = h("div", { class: "tray", hidden: true });
    this.warning = h("div", { class: "warning", role: "alert" });
    this.element = h("form", { class: "composer", part: "composer", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      this.send();
    } }, this.warning, this.tray,
      h("div", { class: "line" }, this.picker, this.attach, h("div", { class: "field" }, this.input), this.button));
    this.#changed();
  }

  get text() {
    return this.input.value;
  }

  set text(text) {
    this.input.value = text;
    this.#changed();
  }

  /** Add files, or say why they cannot be sent. @param {File[]} files */
  add(files) {
    const objections = [];
    for (const file of files) {
      const problem = this.#files.length >= MOST ? this.#strings.tooMany(MOST) : objection(file, this.#strings);
      if (problem) objections.push(problem);
      else this.#put(file);
    }
    this.#changed();
    this.warning.textContent = [...new Set(objections)].join(" ");
    this.input.focus();
  }

  /** @param {File} file */
  #put(file) {
    const chip = h("div", { class: "chip" });
    if (file.type.startsWith("image/")) {
      const src = URL.createObjectURL(file);
      const free = () => URL.revokeObjectURL(src);
      chip.append(h("img", { alt: file.name, src, onload: free, onerror: free }));
    } else chip.append(icon("file"), h("span", { dir: "auto" }, file.name));
    chip.append(h("button", { type: "button", "aria-label": `${this.#strings.remove}: ${file.name}`, onclick: () => {
      this.#files = this.#files.filter((held) => held.chip !== chip);
      chip.remove();
      this.#changed();
      this.input.focus();
    } }, icon("close")));
    this.#files.push({ file, chip });
    this.tray.append(chip);
  }

  send() {
    const text = this.input.value.trim();
    if ((!text && !this.#files.length) || this.#over() > 0) return;
    const files = this.#files.map(({ file }) => file);
    this.#files = [];
    this.tray.replaceChildren();
    this.text = "";
    this.#actions.send(text, files);
    this.input.focus();
  }

  #over() {
    return [...this.input.value.trim()].length - LIMIT;
  }

  #changed() {
    const over = this.#over();
    this.warning.textContent = over > 0 ? this.#strings.tooLong(over) : "";
    this.tray.hidden = !this.#files.length;
    this.button.disabled = over > 0 || (!this.input.value.trim() && !this.#files.length);
    // As high as its text; the style sheet says how high at most.
    this.input.style.blockSize = "auto";
    if (this.input.value) this.input.style.blockSize = `${this.input.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229: Safari ends the composition before it tells of the key that did.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }
}
