/** How a conversation begins: with a provider of a category, or by a link that one sends to somebody. */

import { h } from "../dom.js";

/**
 * @param {import("/parley/index.js").ParleyClient} client
 * @param {(user: string) => void} choose called with whoever is to be written to
 * @returns {HTMLDialogElement}
 */
export function newChat(client, choose) {
  const link = `${location.origin}${location.pathname}#${new URLSearchParams({ with: client.user })}`;
  const field = /** @type {HTMLInputElement} */ (h("input", { id: "link", readonly: true, value: link }));
  const copied = h("p.hint", { role: "status" });
  const copy = async () => {
    field.select();
    await navigator.clipboard.writeText(link).then(() => (copied.textContent = "Copied."), () => {});
  };
  const category = /** @type {HTMLInputElement} */ (
    h("input", { id: "category", required: true, pattern: "[a-z0-9\\-]{1,40}", autocapitalize: "none", title: "1 to 40 small letters, digits and hyphens" })
  );
  const results = h("ul.results", { "aria-live": "polite" });
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { "aria-labelledby": "new-chat" }));
  const search = async (/** @type {Event} */ event) => {
    event.preventDefault();
    results.replaceChildren(...(await found(client, category.value, (user) => {
      dialog.close();
      choose(user);
    })));
  };
  dialog.append(
    h("h2", { id: "new-chat" }, "New conversation"),
    h("form", { onsubmit: search }, h("label", { for: "category" }, "Find a provider by category"),
      h("div.row", {}, category, h("button.primary", { type: "submit" }, "Find")), results),
    h("div", {}, h("label", { for: "link" }, "Or send this link to whoever is to write to you"),
      h("div.row", {}, field, h("button.primary", { type: "button", onclick: () => void copy() }, "Copy")), copied),
    h("button.plain", { type: "button", onclick: () => dialog.close() }, "Close"));
  return dialog;
}

/**
 * @param {import("/parley/index.js").ParleyClient} client
 * @param {string} category
 * @param {(user: string) => void} choose
 */
async function found(client, category, choose) {
  const rows = [];
  try {
    for await (const { user, name, business } of client.rest.listProviders(category)) {
      if (user !== client.user) {
        rows.push(h("li", {}, h("button.result", { type: "button", dir: "auto", onclick: () => choose(user) }, business || name || "A provider")));
      }
    }
  } catch {
    return [h("li.hint", {}, "The providers cannot be listed at the moment.")];
  }
  return rows.length ? rows : [h("li.hint", {}, "There is nobody in this category.")];
}
