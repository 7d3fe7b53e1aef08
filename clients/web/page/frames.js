/** What a frame is about, in a few words (docs/protocol.md). */

/**
 * @param {any} frame
 * @returns {string} what it is about, in a few words
 */
export function gist(frame) {
  const entry = frame.entry;
  if (entry) return `${entry.seq} ${entry.body?.text ?? entry.kind}`;
  if (frame.body) return frame.body.text || `${frame.body.media?.length ?? 0} media`;
  if (frame.type === "synced") return `${frame.entries.length} entries`;
  if (frame.type === "error") return frame.code;
  if (frame.marks) return marks(frame.marks);
  if (frame.seq !== undefined) return `number ${frame.seq}`;
  return marks(frame);
}

/** @param {any} value */
function marks(value) {
  return ["delivered", "read"].filter((name) => value[name] !== undefined).map((name) => `${name} ${value[name]}`).join(" · ");
}
