/** Who it is, and whether they are there. */

import { h, setText } from "../dom.js";
import { avatar } from "../people.js";

/** @typedef {import("../types.js").Person} Person */

export class Header {
  #client;
  #strings;
  #dates;
  #drawn = "";
  #typing = false;
  /** @type {Person | null} */
  #person = null;

  /**
   * @param {import("../types.js").Client} client
   * @param {import("../types.js").Strings} strings
   * @param {import("../dates.js").Dates} dates
   */
  constructor(client, strings, dates) {
    this.#client = client;
    this.#strings = strings;
    this.#dates = dates;
    this.picture = h("span", { class: "picture" });
    this.name = h("bdi");
    this.status = h("div", { class: "status", part: "status" });
    this.element = h("header", { part: "header" }, h("slot", { name: "start" }), this.picture,
      h("div", { class: "who" }, h("h2", { class: "title", part: "title" }, this.name), this.status), h("slot", { name: "end" }));
  }

  /** @param {Person} person @param {string} name what to call them */
  show(person, name) {
    this.#person = person;
    setText(this.name, name || "\u00a0");
    const looks = [person.name, person.photo, person.online].join("\u0000");
    if (looks !== this.#drawn) this.picture.replaceChildren(avatar(this.#client, person));
    this.#drawn = looks;
    this.#tell();
  }

  /** @param {boolean} typing */
  typing(typing) {
    this.#typing = typing;
    this.#tell();
  }

  #tell() {
    const { online, seen } = this.#person ?? {};
    const strings = this.#strings;
    const status = this.#typing ? strings.typing : online ? strings.online : seen ? strings.seen(this.#dates.moment(seen)) : "";
    setText(this.status, status);
    this.status.hidden = !status;
    this.status.classList.toggle("lively", this.#typing || !!online);
  }
}
