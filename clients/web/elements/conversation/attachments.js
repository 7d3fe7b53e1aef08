/** Media within a message. Links are asked for when the message comes near the window, and again when they have expired. */

import { h, icon } from "../dom.js";
import { links } from "../media.js";

/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("../types.js").Media} Media */
/** @typedef {import("../types.js").Strings} Strings */

export class Attachments {
  #client;
  #strings;
  #root;
  /** @type {WeakMap<Element, string>} */
  #ids = new WeakMap();
  #observer;

  /**
   * @param {Client} client
   * @param {Strings} strings
   * @param {ShadowRoot} root whose they are, and where a photo opens
   */
  constructor(client, strings, root) {
    this.#client = client;
    this.#strings = strings;
    this.#root = root;
    this.#observer = new IntersectionObserver(
      (seen) => {
        for (const { isIntersecting, target } of seen) if (isIntersecting) void this.#fill(/** @type {HTMLElement} */ (target));
      },
      { rootMargin: "600px" },
    );
  }

  /**
   * Room for a message's media.
   *
   * @param {string[]} ids
   */
  make(ids) {
    return h("div", { class: `media n${Math.min(ids.length, 4)}`, part: "media" }, ...ids.map((id) => this.#slot(id)));
  }

  /** The media of these ids may have changed. @param {string} id */
  reload(id) {
    for (const slot of this.#root.querySelectorAll(".medium")) {
      if (this.#ids.get(slot) === id) void this.#fill(/** @type {HTMLElement} */ (slot), true);
    }
  }

  close() {
    this.#observer.disconnect();
  }

  /** @param {string} id */
  #slot(id) {
    const slot = h("div", { class: "medium" }, h("span", { class: "sr" }, this.#strings.loading));
    this.#ids.set(slot, id);
    this.#observer.observe(slot);
    return slot;
  }

  /** @param {HTMLElement} slot @param {boolean} [fresh] */
  async #fill(slot, fresh = false) {
    this.#observer.unobserve(slot);
    const id = this.#ids.get(slot) ?? "";
    /** @type {Node} */
    let shown;
    try {
      const media = await links(this.#client).get(id, { fresh });
      shown = this.#shown(media, slot, fresh);
    } catch (error) {
      const lost = /** @type {any} */ (error)?.code === "not_found";
      shown = lost ? this.#plain(this.#strings.gone) : this.#retry(slot);
    }
    slot.replaceChildren(shown);
  }

  /** @param {Media} media @param {HTMLElement} slot @param {boolean} fresh */
  #shown(media, slot, fresh) {
    const { url, type } = media;
    const strings = this.#strings;
    if (media.state === "archived" || media.state === "restoring") return this.#plain(strings.restoring, media.thumbnail);
    if (!url) return this.#plain(media.state === "pending" ? strings.loading : strings.gone);
    if (type.startsWith("image/")) return this.#photo(media, slot, fresh);
    if (type.startsWith("video/")) return h("video", { controls: true, preload: "metadata", src: url, "aria-label": strings.video });
    if (type.startsWith("audio/")) return h("audio", { controls: true, preload: "none", src: url, "aria-label": strings.audio });
    const size = media.size ? `PDF · ${bytes(media.size)}` : "PDF";
    return h("a", { class: "document", href: url, target: "_blank", rel: "noopener noreferrer" }, icon("file"),
      h("span", {}, strings.file, h("small", {}, size)));
  }

  /** @param {Media} media @param {HTMLElement} slot @param {boolean} fresh */
  #photo(media, slot, fresh) {
    const img = h("img", { alt: "", src: media.thumbnail || media.url, decoding: "async", width: media.width || null,
      height: media.height || null, onerror: () => {
        if (!fresh) void this.#fill(slot, true);
        else slot.replaceChildren(this.#plain(this.#strings.gone));
      } });
    const { width, height } = media;
    if (width && height) img.style.aspectRatio = `${Math.min(2.4, Math.max(0.6, width / height))}`;
    return h("button", { class: "photo", type: "button", "aria-label": this.#strings.openPhoto,
      onclick: () => void this.#open(media.media) }, img);
  }

  /** @param {string} id */
  async #open(id) {
    const { url } = await links(this.#client).get(id);
    const dialog = h("dialog", { class: "lightbox", "aria-label": this.#strings.photo, onclose: () => dialog.remove(),
      onclick: () => dialog.close() },
      h("img", { alt: this.#strings.photo, src: url }),
      h("button", { class: "round", type: "button", "aria-label": this.#strings.close }, icon("close")));
    // Escape closes the photo, and not what holds the conversation.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.#root.append(dialog);
    dialog.showModal();
  }

  /** @param {string} text @param {string} [thumbnail] */
  #plain(text, thumbnail = "") {
    return h("div", { class: "plain" }, thumbnail && h("img", { alt: "", src: thumbnail }), h("span", {}, text));
  }

  /** @param {HTMLElement} slot */
  #retry(slot) {
    return h("button", { class: "plain", type: "button", onclick: () => void this.#fill(slot, true) },
      h("span", {}, this.#strings.photo, " · ", this.#strings.retry));
  }
}

/** @param {number} size */
const bytes = (size) => (size < 1_000_000 ? `${Math.ceil(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`);
