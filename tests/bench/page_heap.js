/** A client that syncs so many messages of one conversation, with the conversation on the screen. Returns how many it holds. */
async (total) => {
  const [{ createClient }] = await Promise.all([import("/parley/index.js"), import("/elements/index.js")]);
  const [me, other] = ["ada", "ben"];
  const conversation = `dm:${me}:${other}`;
  const page = 200;
  const part = (value) => btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
  const token = `${part({ alg: "none" })}.${part({ sub: me, exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
  const entry = (seq) => ({ conversation, seq, count: seq, id: `m${seq}`, kind: "message", sender: seq % 2 ? other : me,
    at: 1_796_000_000_000 + seq, body: { text: `Message ${seq}: shall we say Friday at ten, or rather at eleven?` } });

  const answers = {
    sync: ({ id, since, cursor }) => {
      const after = cursor ? Number(cursor) : (since[conversation] ?? 0);
      const entries = Array.from({ length: Math.min(page, total - after) }, (_, i) => entry(after + i + 1));
      const more = after + page < total;
      const last = { conversation, seq: total, count: total, unread: 0, muted: 0, archived: false, pinned: false };
      return { type: "synced", id, entries, marks: [], conversations: more ? [] : [last], more, ...(more && { cursor: `${after + page}` }) };
    },
    mark: ({ id, action, ...marks }) => ({ type: "ack", id, ...marks }),
    presence: ({ id }) => ({ type: "presence", id, users: {} }),
    ping: () => ({ type: "pong" }),
  };
  const open = () => {
    const socket = { onopen: null, onmessage: null, onerror: null, onclose: null, close() {},
      send(text) {
        const command = JSON.parse(text);
        const answer = answers[command.action]?.(command);
        if (answer) setTimeout(() => socket.onmessage?.({ data: JSON.stringify(answer) }));
      } };
    setTimeout(() => socket.onopen?.({}));
    return socket;
  };

  const client = await createClient({ settings: { socketUrl: "ws://127.0.0.1/live" }, auth: { user: me, token: async () => token },
    name: "bench", socket: open, rest: null });
  const element = document.createElement("parley-conversation");
  element.setAttribute("with", other);
  element.client = client;
  document.body.replaceChildren(element);
  const held = async () => (await client.conversations()).find(({ id }) => id === conversation)?.seq ?? 0;
  for (let i = 0; i < 1000 && (await held()) < total; i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return held();
}
