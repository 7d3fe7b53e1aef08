/** The third phone's form: an account of one's own, with the code that would have been e-mailed. */

import { h } from "./dom.js";
import { readCode } from "./local.js";

/**
 * @param {import("./phone.js").Phone} phone
 * @returns {{ element: HTMLElement, done: Promise<string> }} the form, and the user's id once they are signed in
 */
export function signUp(phone) {
  const element = h("div.join");
  /** @type {(user: string) => void} */
  let finish = () => {};
  const done = new Promise((/** @type {(user: string) => void} */ resolve) => (finish = resolve));
  details(element, phone, finish);
  return { element, done };
}

/**
 * @param {HTMLElement} place
 * @param {import("./phone.js").Phone} phone
 * @param {(user: string) => void} finish
 */
function details(place, phone, finish) {
  form(place, {
    title: "Sign up as yourself",
    words: "A real account in this machine's Cognito. Nothing leaves your laptop.",
    fields: [
      { name: "name", label: "Name", autocomplete: "name", maxlength: 60 },
      { name: "email", label: "E-mail", type: "email", autocomplete: "email" },
      { name: "password", label: "Password, 8 characters or more", type: "password", autocomplete: "new-password", minlength: 8 },
    ],
    button: "Sign up",
    async submit({ name, email, password }) {
      await phone.auth.signUp(email, password, { name });
      confirm(place, phone, email, password, finish);
    },
    other: { text: "I have an account", does: () => signIn(place, phone, finish) },
  });
}

/**
 * @param {HTMLElement} place
 * @param {import("./phone.js").Phone} phone
 * @param {string} email
 * @param {string} password
 * @param {(user: string) => void} finish
 */
function confirm(place, phone, email, password, finish) {
  const code = h("strong", {}, "…");
  const hint = h("p.code", { role: "status" }, "Your code: ", code, h("br"), "(E-mails are not sent on a laptop.)");
  form(place, {
    title: "Is it you?",
    words: `On AWS, Cognito would have written to ${email}.`,
    extra: hint,
    fields: [{ name: "code", label: "Code", inputmode: "numeric", autocomplete: "one-time-code" }],
    button: "Confirm",
    async submit({ code }) {
      await phone.auth.confirm(email, code.trim());
      finish(await phone.auth.signIn(email, password));
    },
    other: { text: "Send another code", does: () => void phone.auth.resendCode(email).then(look) },
  });
  let asked = 0;
  const look = async () => {
    const found = await readCode(email);
    if (found) code.textContent = found;
    else if (asked++ < 20) setTimeout(look, 300);
    else hint.hidden = true;
  };
  void look();
}

/**
 * @param {HTMLElement} place
 * @param {import("./phone.js").Phone} phone
 * @param {(user: string) => void} finish
 */
function signIn(place, phone, finish) {
  form(place, {
    title: "Sign in",
    words: "With an account that you made here.",
    fields: [
      { name: "email", label: "E-mail", type: "email", autocomplete: "email" },
      { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
    ],
    button: "Sign in",
    submit: async ({ email, password }) => finish(await phone.auth.signIn(email, password)),
    other: { text: "Sign up instead", does: () => details(place, phone, finish) },
  });
}

/**
 * @typedef {{ name: string, label: string } & Record<string, string | number>} Field
 * @param {HTMLElement} place
 * @param {{ title: string, words: string, extra?: HTMLElement, fields: Field[], button: string,
 *   submit: (values: Record<string, string>) => Promise<void>, other: { text: string, does: () => void } }} asked
 */
function form(place, { title, words, extra, fields, button, submit, other }) {
  const wrong = h("p.wrong", { role: "alert" });
  const go = h("button.primary", { type: "submit" }, button);
  const made = h("form.join", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      wrong.textContent = "";
      go.toggleAttribute("disabled", true);
      const values = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target)));
      try {
        await submit(/** @type {Record<string, string>} */ (values));
      } catch (error) {
        wrong.textContent = /** @type {Error} */ (error).message;
      } finally {
        go.toggleAttribute("disabled", false);
      }
    },
  }, h("h3", {}, title), h("p", {}, words), extra,
  ...fields.map(({ label, ...field }) => h("label", {}, label, h("input", { type: "text", required: true, ...field }))),
  wrong, go, h("button.plain", { type: "button", onclick: other.does }, other.text));
  const first = !place.children.length;
  place.replaceChildren(made);
  if (!first) /** @type {HTMLElement} */ (made.querySelector("input")).focus();
}
