/**
 * Sign-in by SRP-6a, as Cognito's USER_SRP_AUTH has it: the password never leaves the device.
 *
 * The group is the 3072-bit one of RFC 5054 (RFC 3526, 15) with the generator 2. Numbers are hashed as big-endian bytes with a
 * leading zero if their first bit is set. The key is HKDF-SHA256 of the shared secret, of 16 bytes, with the info
 * "Caldera Derived Key"; it signs the pool's name, the user's id, Cognito's secret block and the time.
 */

const N = BigInt(
  "0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6D" +
    "F25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC20" +
    "07CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA1821" +
    "7C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8" +
    "AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3" +
    "D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108" +
    "E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);
const G = 2n;
const INFO = new TextEncoder().encode("Caldera Derived Key");

/** @typedef {{ a: bigint, A: bigint }} KeyPair */

/** A new ephemeral key pair. */
export function keyPair(a = integer(crypto.getRandomValues(new Uint8Array(128))) % N) {
  return { a, A: power(G, a, N) };
}

/**
 * What proves that the user knows the password.
 *
 * @param {KeyPair} pair
 * @param {{ poolName: string, userId: string, password: string, salt: string, B: string, secretBlock: string, timestamp: string }}
 *   challenge `poolName` is the pool's id without its region; `salt` and `B` are hexadecimal
 * @returns {Promise<string>} base64
 * @throws {RangeError} the server's number is not one
 */
export async function signature({ a, A }, { poolName, userId, password, salt, B: hexB, secretBlock, timestamp }) {
  const B = BigInt(`0x${hexB}`);
  if (B % N === 0n) throw new RangeError("the server's number is not one");
  const u = integer(await sha256(padded(A), padded(B)));
  if (u === 0n) throw new RangeError("the server's number is not one");
  const identity = await sha256(text(`${poolName}${userId}:${password}`));
  const x = integer(await sha256(padded(BigInt(`0x${salt}`)), identity));
  const k = integer(await sha256(padded(N), padded(G)));
  const base = (((B - k * power(G, x, N)) % N) + N) % N;
  const secret = power(base, a + u * x, N);
  const key = await hkdf(padded(secret), padded(u));
  const signed = await hmac(key, concatenated(text(poolName), text(userId), fromBase64(secretBlock), text(timestamp)));
  return btoa(String.fromCharCode(...signed));
}

/**
 * A time as Cognito wants it: `Tue Sep 1 09:05:07 UTC 2026`.
 *
 * @param {Date} date
 */
export function cognitoTime(date) {
  const [weekday, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

/**
 * @param {bigint} base
 * @param {bigint} exponent
 * @param {bigint} modulus
 */
function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = base % modulus, left = exponent; left > 0n; left >>= 1n, square = (square * square) % modulus) {
    if (left & 1n) result = (result * square) % modulus;
  }
  return result;
}

/** @param {Uint8Array} bytes */
const integer = (bytes) => BigInt(`0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);

/**
 * Big-endian bytes, with a leading zero if the first bit is set.
 *
 * @param {bigint} value
 */
function padded(value) {
  const digits = value.toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  const hex = even[0] > "7" ? `00${even}` : even;
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {string} value */
const text = (value) => new TextEncoder().encode(value);

/** @param {string} value */
const fromBase64 = (value) => Uint8Array.from(atob(value), (character) => character.charCodeAt(0));

/** @param {Uint8Array[]} parts */
function concatenated(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array[]} parts */
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", concatenated(...parts)));

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 */
async function hmac(key, message) {
  const imported = await crypto.subtle.importKey("raw", concatenated(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, concatenated(message)));
}

/**
 * @param {Uint8Array} secret
 * @param {Uint8Array} salt
 */
async function hkdf(secret, salt) {
  const extracted = await hmac(salt, secret);
  return (await hmac(extracted, concatenated(INFO, Uint8Array.of(1)))).slice(0, 16);
}
