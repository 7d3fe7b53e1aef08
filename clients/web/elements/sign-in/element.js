/** `<parley-sign-in>`: sign in; sign up and confirm with the code that was e-mailed; or set another password with one. */

import { h } from "../dom.js";
import { ParleyElement } from "../element.js";
import { style } from "./style.js";

/** @typedef {import("../types.js").Auth} Auth */
/** @typedef {"signIn" | "signUp" | "confirm" | "forgot" | "reset"} Mode */

export class ParleySignIn extends ParleyElement {
  /** @override */
  static styles = [style];
  /** @override */
  static properties = ["auth", "strings"];

  /** @type {Auth | null} what `createAuth` has made */
  auth = null;
  /** @type {Mode | null} what is asked now; at first to sign in, or with the attribute `sign-up`, to sign up */
  #mode = null;
  #email = "";
  #password = "";

  /** @override */
  start() {
    const { strings } = this;
    const mode = (this.#mode ??= this.hasAttribute("sign-up") ? "signUp" : "signIn");
    const problem = h("p", { class: "problem", role: "alert", part: "problem" });
    const button = h("button", { class: "primary", type: "submit", part: "button" }, strings[mode]);
    const fields = {
      name: field("name", strings.name, { autocomplete: "name", required: true, maxlength: 64 }),
      email: field("email", strings.email, { type: "email", autocomplete: "username", required: true, value: this.#email }),
      password: field("password", mode === "reset" ? strings.newPassword : strings.password, { type: "password", required: true,
        autocomplete: mode === "signIn" ? "current-password" : "new-password" }, mode === "signIn" ? "" : strings.passwordRule),
      code: field("code", strings.code, { inputmode: "numeric", autocomplete: "one-time-code", required: true, maxlength: 12 }),
    };
    const shown = { signIn: [fields.email, fields.password], signUp: [fields.name, fields.email, fields.password], confirm: [fields.code],
      forgot: [fields.email], reset: [fields.code, fields.password] };
    const form = h("form", { part: "form", onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      void this.#submit(form, button, problem);
    } }, (mode === "confirm" || mode === "reset") && h("p", { class: "hint", dir: "auto" }, strings.codeSent(this.#email)),
      ...shown[mode], problem, button, ...this.#links(mode, problem));
    this.root.replaceChildren(form);
  }

  /** The first field. @override */
  focus() {
    this.root.querySelector("input")?.focus();
  }

  /** @param {Mode} mode @param {HTMLElement} problem */
  #links(mode, problem) {
    const { strings } = this;
    const link = (/** @type {string} */ text, /** @type {() => void} */ onclick) => h("button", { class: "link", type: "button", onclick }, text);
    const toSignIn = link(strings.toSignIn, () => this.#go("signIn"));
    if (mode === "signIn") {
      const forgot = this.auth?.forgotPassword ? [link(strings.toForgot, () => this.#go("forgot"))] : [];
      return [...forgot, link(strings.toSignUp, () => this.#go("signUp"))];
    }
    if (mode === "signUp" || mode === "forgot") return [toSignIn];
    const resend = async () => {
      try {
        await (mode === "reset" ? this.auth?.forgotPassword?.(this.#email) : this.auth?.resendCode(this.#email));
        this.emit("code-sent", { email: this.#email });
        problem.textContent = strings.codeResent;
      } catch (error) {
        problem.textContent = this.#explained(error);
      }
    };
    return [link(strings.resendCode, () => void resend()), toSignIn];
  }

  /** @param {Mode} mode */
  #go(mode) {
    this.#email = this.root.querySelector("input")?.form?.email?.value ?? this.#email;
    this.#mode = mode;
    this.start();
    this.focus();
  }

  /** @param {HTMLFormElement} form @param {HTMLButtonElement} button @param {HTMLElement} problem */
  async #submit(form, button, problem) {
    const { auth } = this;
    if (!auth) return;
    const given = new FormData(form);
    const get = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
    problem.textContent = "";
    button.disabled = true;
    try {
      if (given.has("email")) this.#email = get("email");
      if (given.has("password")) this.#password = String(given.get("password"));
      if (this.#mode === "forgot") {
        await auth.forgotPassword?.(this.#email);
        this.emit("code-sent", { email: this.#email });
        this.#go("reset");
        return;
      }
      if (this.#mode === "confirm") await auth.confirm(this.#email, get("code"));
      if (this.#mode === "reset") await auth.resetPassword?.(this.#email, get("code"), this.#password);
      if (this.#mode === "signUp") {
        await auth.signUp(this.#email, this.#password, { name: get("name") });
        this.emit("code-sent", { email: this.#email });
        this.#go("confirm");
        return;
      }
      const user = await auth.signIn(this.#email, this.#password);
      this.#password = "";
      this.#mode = "signIn";
      this.emit("signed-in", { user });
    } catch (error) {
      if (this.#mode === "signIn" && /** @type {any} */ (error)?.code === "UserNotConfirmedException") {
        const email = this.#email;
        auth.resendCode(email).then(() => this.emit("code-sent", { email }), () => {});
        this.#go("confirm");
      } else problem.textContent = this.#explained(error);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {any} error */
  #explained(error) {
    // The client says so where Cognito does not accept the password; which of both is wrong, Cognito tells nobody.
    const wrong = error?.name === "SignInRequired" && this.#mode === "signIn";
    return this.strings.problems[wrong ? "NotAuthorizedException" : error?.code] ?? this.strings.problem;
  }
}

/** @param {string} name @param {string} label @param {Record<string, unknown>} attributes @param {string} [rule] what is asked of it */
function field(name, label, attributes, rule = "") {
  const described = rule ? { "aria-describedby": `${name}-rule` } : {};
  const input = h("input", { id: name, name, dir: "auto", part: "field", ...attributes, ...described });
  return h("div", { class: "field" }, h("label", { for: name }, label), input, rule && h("p", { class: "rule", id: `${name}-rule` }, rule));
}
