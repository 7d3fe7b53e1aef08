/** Cognito's JSON API, as far as an app client without a secret may use it. */

import { timeout } from "../live/timeout.js";
import { SignInRequired } from "../live/tokens.js";
import { cognitoTime, keyPair, signature } from "./srp.js";

const TIMEOUT = 20_000;
const SIGN_IN_AGAIN = ["NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException"];

/**
 * Cognito could not be reached, or refused for a reason that signing in again would not mend. `code` is Cognito's own, such as
 * `UsernameExistsException`, or `Unreachable`.
 */
export class AuthError extends Error {
  /** @override */
  name = "AuthError";

  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The tokens of a signed-in user. The refresh token is as sensitive as the password.
 *
 * @typedef {{ access: string, refresh: string, id?: string }} Tokens
 */

/** @typedef {{ region?: string, userPoolId?: string, clientId: string, cognitoUrl?: string | null }} CognitoSettings */

/** A user pool's app client. */
export class Cognito {
  #settings;
  #fetch;

  /**
   * @param {CognitoSettings} settings
   * @param {typeof fetch} fetcher
   */
  constructor(settings, fetcher) {
    this.#settings = settings;
    this.#fetch = fetcher;
  }

  /**
   * Sign in by SRP.
   *
   * @param {string} email
   * @param {string} password
   * @returns {Promise<Tokens>}
   * @throws {SignInRequired} the user or password is wrong, or Cognito wants more than a password
   * @throws {AuthError}
   */
  async signIn(email, password) {
    const pair = keyPair();
    const started = await this.#call("InitiateAuth", {
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: email, SRP_A: pair.A.toString(16) },
    });
    if (started.ChallengeName !== "PASSWORD_VERIFIER") return result(started);
    const { SALT, SRP_B, SECRET_BLOCK, USER_ID_FOR_SRP } = started.ChallengeParameters;
    const timestamp = cognitoTime(new Date());
    const claim = await signature(pair, {
      poolName: (this.#settings.userPoolId ?? "").split("_")[1] ?? "",
      userId: USER_ID_FOR_SRP,
      password,
      salt: SALT,
      B: SRP_B,
      secretBlock: SECRET_BLOCK,
      timestamp,
    });
    const answered = await this.#call("RespondToAuthChallenge", {
      ChallengeName: "PASSWORD_VERIFIER",
      ChallengeResponses: {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: claim,
        TIMESTAMP: timestamp,
      },
      Session: started.Session,
    });
    return result(answered);
  }

  /**
   * Exchange a refresh token for a fresh access token.
   *
   * @param {Tokens} tokens
   * @returns {Promise<Tokens>}
   * @throws {SignInRequired | AuthError}
   */
  async refresh(tokens) {
    const parameters = { REFRESH_TOKEN: tokens.refresh };
    const answer = await this.#call("InitiateAuth", { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: parameters });
    const fresh = result(answer);
    return { ...fresh, refresh: fresh.refresh || tokens.refresh };
  }

  /**
   * @param {string} email
   * @param {string} password
   * @param {string} name
   */
  signUp(email, password, name) {
    const attributes = { email, ...(name ? { name } : {}) };
    return this.#call("SignUp", {
      Username: email,
      Password: password,
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    });
  }

  /**
   * @param {string} email
   * @param {string} code
   */
  confirm(email, code) {
    return this.#call("ConfirmSignUp", { Username: email, ConfirmationCode: code });
  }

  /** @param {string} email */
  resendCode(email) {
    return this.#call("ResendConfirmationCode", { Username: email });
  }

  /**
   * Ask for a code with which a forgotten password is replaced.
   *
   * @param {string} email
   */
  forgotPassword(email) {
    return this.#call("ForgotPassword", { Username: email });
  }

  /**
   * @param {string} email
   * @param {string} code
   * @param {string} password
   */
  confirmForgotPassword(email, code, password) {
    return this.#call("ConfirmForgotPassword", { Username: email, ConfirmationCode: code, Password: password });
  }

  /** @param {Tokens} tokens */
  revoke(tokens) {
    return this.#call("RevokeToken", { Token: tokens.refresh });
  }

  /**
   * @param {string} operation
   * @param {Record<string, any>} body
   * @returns {Promise<any>}
   */
  async #call(operation, body) {
    const { cognitoUrl, region, clientId } = this.#settings;
    const url = cognitoUrl || `https://cognito-idp.${region}.amazonaws.com`;
    const headers = {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    };
    let answer;
    let said;
    try {
      const signal = timeout(TIMEOUT);
      answer = await this.#fetch(url, { method: "POST", headers, body: JSON.stringify({ ...body, ClientId: clientId }), signal });
      said = JSON.parse((await answer.text()) || "{}");
    } catch (error) {
      throw new AuthError("Unreachable", `Cognito cannot be reached at ${url}: ${error instanceof Error ? error.message : error}`);
    }
    if (answer.ok) return said;
    const code = String(said.__type ?? "").split("#").at(-1) || `HTTP ${answer.status}`;
    const reason = String(said.message ?? said.Message ?? code);
    throw SIGN_IN_AGAIN.includes(code) ? new SignInRequired(reason) : new AuthError(code, reason);
  }
}

/**
 * @param {any} answer
 * @returns {Tokens}
 */
function result(answer) {
  const { AuthenticationResult: found, ChallengeName: step } = answer;
  if (step) throw new SignInRequired(`Cognito wants ${step}, which is not offered here`);
  if (typeof found?.AccessToken !== "string") throw new AuthError("Unreachable", "this is not Cognito");
  return { access: found.AccessToken, refresh: found.RefreshToken ?? "", id: found.IdToken };
}
