/** The third phone before somebody has signed in: the form, and the code that would have been e-mailed. */

import { h } from "./dom.js";
import { readCode } from "./local.js";

/** How often, and how long apart (ms), a code is looked for. */
const LOOKS = 25;
const PAUSE = 300;

/**
 * @param {import("/parley/index.js").Auth} auth
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
 * @param {import("/parley/index.js").Auth} auth
 * @param {(email: string, earlier: string | null) => void} asked with the code that there was before
 * @returns {import("/elements/types.js").Auth}
 */
function telling(auth, asked) {
  const told = async (/** @type {string} */ email, /** @type {() => Promise<void>} */ ask) => {
    const earlier = await readCode(email);
    await ask();
    asked(email, earlier);
  };
  return {
    get user() {
      return auth.user;
    },
    signUp: (email, password, profile) => told(email, () => auth.signUp(email, password, profile)),
    resendCode: (email) => told(email, () => auth.resendCode(email)),
    confirm: (email, code) => auth.confirm(email, code),
    signIn: (email, password) => auth.signIn(email, password),
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
