import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { AuthError, SignInRequired, createAuth } from "../parley/auth/index.js";
import { cognitoTime, keyPair, signature } from "../parley/auth/srp.js";
import { token } from "./fakes.js";

/** Computed by amazon-cognito-identity-js 6.3.21. */
const KNOWN = JSON.parse(readFileSync(new URL("srp.json", import.meta.url), "utf8"));
const settings = { region: "eu-central-1", userPoolId: "eu-central-1_AbCdEfGhI", clientId: "client" };
const later = () => Math.floor(Date.now() / 1000) + 3600;
const signedIn = (exp = later(), more = {}) => ({
  AuthenticationResult: { AccessToken: token({ sub: "u1", exp, ...more }), RefreshToken: "refresh-1", IdToken: "id" },
});

test("a signature is that of Amazon's own library", async () => {
  for (const { a, A, signature: expected, ...challenge } of KNOWN) {
    const pair = keyPair(BigInt(`0x${a}`));
    assert.equal(pair.A.toString(16), A);
    assert.equal(await signature(pair, challenge), expected);
  }
});

test("key pairs are fresh, and a server's number that would reveal nothing is refused", async () => {
  assert.notEqual(keyPair().A, keyPair().A);
  const [{ a, A: _, signature: __, ...challenge }] = KNOWN;
  await assert.rejects(signature(keyPair(BigInt(`0x${a}`)), { ...challenge, B: "00" }), RangeError);
});

test("times are as Cognito wants them", () => {
  assert.equal(cognitoTime(new Date(Date.UTC(2026, 8, 1, 9, 5, 7))), "Tue Sep 1 09:05:07 UTC 2026");
});

/** Cognito, which answers each operation as told, and what it was asked. */
function cognito(answers, options = {}) {
  const asked = [];
  const fetch = async (url, { headers, body }) => {
    const operation = headers["X-Amz-Target"].split(".")[1];
    const given = JSON.parse(body);
    asked.push({ url, operation, ...given });
    const answer = answers[operation]?.(given) ?? {};
    return new Response(JSON.stringify(answer.body ?? answer), { status: answer.status ?? 200 });
  };
  return { asked, auth: createAuth(settings, { storage: null, fetch, ...options }) };
}

const refusal = (code) => () => ({ status: 400, body: { __type: `com.amazonaws#${code}`, message: "because" } });
const challenge = () => {
  const { salt, B, secretBlock, userId } = KNOWN[0];
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: { SALT: salt, SRP_B: B, SECRET_BLOCK: secretBlock, USER_ID_FOR_SRP: userId },
  };
};

test("signing in proves the password without sending it, and is kept", async () => {
  const kept = new Map();
  const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) };
  const { auth, asked } = cognito({ InitiateAuth: challenge, RespondToAuthChallenge: () => signedIn() }, { storage });
  assert.equal(auth.user, null);
  assert.equal(await auth.signIn("ana@example.com", "s3cret-Pass"), "u1");
  assert.deepEqual(asked.map(({ operation }) => operation), ["InitiateAuth", "RespondToAuthChallenge"]);
  assert.equal(asked[0].url, "https://cognito-idp.eu-central-1.amazonaws.com");
  assert.equal(asked[1].ChallengeResponses.USERNAME, KNOWN[0].userId);
  assert.ok(!JSON.stringify(asked).includes("s3cret"));
  const again = createAuth(settings, { storage, fetch: () => assert.fail("asks the network") });
  assert.equal(again.user, "u1");
  assert.equal(again.idToken, "id");
  assert.ok(await again.token());
  assert.equal(createAuth(settings, { storage, name: "other" }).user, null);
});

test("a wrong password, an unknown user and a challenge that is not offered mean signing in", async () => {
  for (const code of ["NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException"]) {
    await assert.rejects(cognito({ InitiateAuth: refusal(code) }).auth.signIn("a@b.c", "x"), SignInRequired);
  }
  const { auth } = cognito({ InitiateAuth: challenge, RespondToAuthChallenge: () => ({ ChallengeName: "SMS_MFA" }) });
  await assert.rejects(auth.signIn("a@b.c", "x"), /SMS_MFA/);
});

test("other refusals carry Cognito's code, and no network has one of its own", async () => {
  const { auth } = cognito({ SignUp: refusal("UsernameExistsException") });
  await assert.rejects(auth.signUp("a@b.c", "x"), (error) => error instanceof AuthError && error.code === "UsernameExistsException");
  const cut = createAuth(settings, { storage: null, fetch: async () => Promise.reject(new TypeError("cut")) });
  await assert.rejects(cut.confirm("a@b.c", "1"), (error) => error instanceof AuthError && error.code === "Unreachable");
});

test("a token with minutes left is used, and one without, or one that was refused, is replaced once", async () => {
  let count = 0;
  const fresh = ({ AuthFlow }) => (AuthFlow === "REFRESH_TOKEN_AUTH" ? signedIn(later(), { n: ++count }) : challenge());
  const { auth, asked } = cognito({ InitiateAuth: fresh, RespondToAuthChallenge: () => signedIn(later() - 3400) });
  await auth.signIn("a@b.c", "x");
  const [one, two] = await Promise.all([auth.token(), auth.token()]);
  assert.equal(one, two);
  assert.equal(count, 1);
  assert.equal(asked.at(-1).AuthParameters.REFRESH_TOKEN, "refresh-1");
  const [three, four] = await Promise.all([auth.token({ refused: true }), auth.token({ refused: true })]);
  assert.equal(three, four);
  assert.notEqual(three, one);
  assert.equal(count, 2);
});

test("signing out forgets all, and revokes the refresh token", async () => {
  const { auth, asked } = cognito({ InitiateAuth: challenge, RespondToAuthChallenge: () => signedIn(), RevokeToken: refusal("X") });
  await auth.signIn("a@b.c", "x");
  await auth.signOut();
  assert.equal(auth.user, null);
  assert.deepEqual([asked.at(-1).operation, asked.at(-1).Token], ["RevokeToken", "refresh-1"]);
  await assert.rejects(auth.token(), SignInRequired);
});

test("signing up, confirming and a forgotten password name the app client", async () => {
  const { auth, asked } = cognito({});
  await auth.signUp("a@b.c", "password", { name: "Ana" });
  await auth.confirm("a@b.c", "123456");
  await auth.resendCode("a@b.c");
  await auth.forgotPassword("a@b.c");
  await auth.resetPassword("a@b.c", "123456", "new");
  assert.deepEqual(asked.map(({ operation }) => operation), [
    "SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword",
  ]);
  assert.ok(asked.every(({ ClientId, Username }) => ClientId === "client" && Username === "a@b.c"));
  assert.deepEqual(asked[0].UserAttributes, [{ Name: "email", Value: "a@b.c" }, { Name: "name", Value: "Ana" }]);
});
