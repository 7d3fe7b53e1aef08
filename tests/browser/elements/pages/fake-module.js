/** The client's module, with a client in memory and people who can sign up. The code is always 246810. */

import { scenes } from "./scenes.js";

const USERS = "fake-users";
const SIGNED_IN = "fake-user";

class AuthError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

class SignInRequired extends Error {
  name = "SignInRequired";
}

export function createAuth() {
  const users = () => JSON.parse(localStorage.getItem(USERS) ?? "{}");
  const keep = (held) => localStorage.setItem(USERS, JSON.stringify(held));
  return {
    get user() {
      return localStorage.getItem(SIGNED_IN);
    },
    async signUp(email, password, { name }) {
      if (users()[email]) throw new AuthError("UsernameExistsException");
      keep({ ...users(), [email]: { password, name, confirmed: false } });
    },
    async confirm(email, code) {
      if (code !== "246810") throw new AuthError("CodeMismatchException");
      keep({ ...users(), [email]: { ...users()[email], confirmed: true } });
    },
    async resendCode() {},
    async signIn(email, password) {
      const user = users()[email];
      if (user?.password !== password) throw new SignInRequired("Incorrect username or password.");
      if (!user.confirmed) throw new AuthError("UserNotConfirmedException");
      localStorage.setItem(SIGNED_IN, "me-0001");
      return "me-0001";
    },
    async signOut() {
      localStorage.removeItem(SIGNED_IN);
    },
  };
}

export async function createClient() {
  const { client } = await scenes.talk(new URLSearchParams());
  window.client = client;
  return client;
}
