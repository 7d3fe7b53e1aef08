/** The third phone before somebody has signed in: the form, and the code that would have been e-mailed. */

import { h } from "./dom.js";
import { readCode } from "./local.js";

/** How often, and how long apart (ms), a code is looked for. */
const LOOKS = 25;
const PAUSE = 300;

/**
 * @param {any} auth of the client's `createAuth`
 * @returns {{ element: HTMLElement, done: Promise<void> }} the form, and when somebody is signed in
 */
export function signUp(auth) {
  const code = h("strong");
  const hint = h("p.code", { role: "status", hidden: true }, "Your code: ", code, h("br"), "(E-mails are not sent on a laptop.)");
  const form = h("parley-sign-in", { "sign-up": true });
  const element = h("div.join", {},
    h("h3", {}, "Sign up as yourself"),
    h("p", {}, "An account in this machine\u2019s own Cognito. Any address will do, and nothing leaves your laptop."),
    hint, form);
  const done = new Promise((/** @type {(value: void) => void} */ resolve) => {
    form.addEventListener("signed-in", () => resolve(), { once: true });
  });
  Object.assign(form, { auth: telling(auth, async (email, earlier) => {
    const found = await newCode(email, earlier);
    hint.hidden = !found;
    code.textContent = found;
  }) });
  return { element, done };
}

/**
 * The same sign-in, which also tells when a code has been asked for.
 *
 * @param {any} auth
 * @param {(email: string, earlier: string | null) => void} asked with the code that there was before
 */
function telling(auth, asked) {
  /** @param {"signUp" | "resendCode"} name */
  const told = (name) => async (/** @type {[string, ...unknown[]]} */ ...given) => {
    const earlier = await readCode(given[0]);
    await auth[name](...given);
    asked(given[0], earlier);
  };
  return {
    get user() {
      return auth.user;
    },
    signUp: told("signUp"),
    resendCode: told("resendCode"),
    confirm: (/** @type {[string, string]} */ ...given) => auth.confirm(...given),
    signIn: (/** @type {[string, string]} */ ...given) => auth.signIn(...given),
    signOut: () => auth.signOut(),
  };
}

/**
 * @param {string} email
 * @param {string | null} earlier
 */
async function newCode(email, earlier) {
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await readCode(email);
    if (found && found !== earlier) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return earlier ?? "";
}
