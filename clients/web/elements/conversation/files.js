/** Files before they are sent: what the server takes, and photos without the place where they were taken. */

/** @typedef {import("../types.js").Strings} Strings */

const MB = 1_000_000;
/** @type {Record<string, number>} largest size by type, as docs/http.md says */
const LIMITS = {
  "image/jpeg": 20, "image/png": 20, "image/webp": 20, "image/gif": 20, "video/mp4": 100, "video/quicktime": 100,
  "audio/mp4": 25, "audio/x-m4a": 25, "audio/aac": 25, "audio/mpeg": 25, "audio/ogg": 25, "application/pdf": 25,
};
/** At most so many in a message. */
export const MOST = 10;
/** For a file picker. */
export const ACCEPT = Object.keys(LIMITS).join(",");
/** The longer side of a photo as it is sent, in pixels. */
const LONGEST = 2560;

/**
 * Why a file cannot be sent, or an empty string.
 *
 * @param {File} file
 * @param {Strings} strings
 */
export function objection(file, strings) {
  const limit = LIMITS[file.type];
  if (!limit) return strings.wrongType(file.name);
  return file.size > limit * MB ? strings.tooLarge(file.name, limit) : "";
}

/**
 * A file as it is to be uploaded. JPEGs are drawn again: that removes the place which a phone writes into them, turns them
 * upright, and takes the bytes that nobody sees. Others stay as they are.
 *
 * @param {File} file
 * @returns {Promise<Blob>}
 */
export async function prepared(file) {
  if (file.type !== "image/jpeg") return file;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
  if (!drawn) throw new Error("the photo could not be drawn");
  return drawn;
}
