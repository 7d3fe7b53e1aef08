/** Posting files to S3, with a form that the HTTP API issued for exactly one file. */

import { Problem, Unreachable, UploadRefused } from "./problems.js";

/** @typedef {(sent: number, size: number) => void} Progress bytes */

/**
 * A file's checksum, in hexadecimal.
 *
 * @param {Blob} file
 */
export async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Post a file, with the form's fields before it. The local name is not revealed.
 *
 * @param {string} url
 * @param {Record<string, string>} fields
 * @param {Blob} file
 * @param {{ onProgress?: Progress, signal?: AbortSignal, fetch?: typeof fetch }} options with a `fetch`, all of it goes that way,
 *   and progress is told at the beginning and at the end only
 * @throws {UploadRefused} S3 does not accept it
 * @throws {Unreachable} it did not reach S3
 */
export async function post(url, fields, file, { onProgress = () => {}, signal, fetch: fetcher }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([file], { type: fields["Content-Type"] }), "file");
  const told = (/** @type {number} */ sent, /** @type {number} */ total) => onProgress(Math.round((sent / total) * file.size), file.size);
  const status = globalThis.XMLHttpRequest && !fetcher
    ? await byXhr(url, form, told, signal)
    : await byFetch(url, form, told, signal, fetcher ?? fetch);
  if (status >= 500) throw new Problem(status, null);
  if (status >= 300) throw new UploadRefused(`the store refuses the file (HTTP ${status})`);
}

/**
 * `fetch` does not report progress.
 *
 * @param {string} url
 * @param {FormData} form
 * @param {Progress} onProgress
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<number>}
 */
const byXhr = (url, form, onProgress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", url);
    request.upload.onprogress = ({ loaded, total }) => total && onProgress(loaded, total);
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new Unreachable("the file did not get there"));
    request.onabort = () => reject(signal?.reason ?? new Unreachable("the upload was given up"));
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) reject(signal.reason);
    else request.send(form);
  });

/**
 * @param {string} url
 * @param {FormData} form
 * @param {Progress} onProgress
 * @param {AbortSignal | undefined} signal
 * @param {typeof fetch} fetcher
 */
async function byFetch(url, form, onProgress, signal, fetcher) {
  onProgress(0, 1);
  try {
    const { status } = await fetcher(url, { method: "POST", body: form, signal });
    onProgress(1, 1);
    return status;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(`the file did not get there: ${error instanceof Error ? error.message : error}`);
  }
}
