/** What the elements are shown with, by name. Each returns a client and the user whose conversation is open. */

import { FakeClient, shown } from "./fake-client.js";

const MINUTE = 60_000;
const DAY = 86_400_000;

const PEOPLE = {
  ana: { name: "Ana Ribeiro", photo: "", online: true, seen: null },
  ben: { name: "Ben Okafor Plumbing & Heating", photo: "PHOTOBEN", online: true, seen: null },
  chloe: { name: "Chloé Dubois", photo: "", online: false, seen: Date.now() - 3 * 3_600_000 },
  dan: { name: "Dan", photo: "", online: false, seen: Date.now() - 2 * DAY },
  eva: { name: "Eva Lindqvist", photo: "PHOTOEVA", online: false, seen: Date.now() - 5 * DAY },
  farid: { name: "فريد حسن", photo: "", online: true, seen: null },
};

const HOSTILE = {
  h1: { name: '<img src=x onerror="window.hacked=1">', photo: "", online: true },
  h2: { name: "\u202egnirts desrever \u202e and a very long name that never seems to come to any end at all, whatever you do", photo: "", online: false },
  h3: { name: "Z̸̡͔͚̙̮͎͔͎̄̏͆̑͠a̷̡̧̛͓͉̗̤͔̅̏̾l̴̢͎̺̪̲̱͒̑g̵̛̤̤̲̓͊o̶̡̞͚̎̄͠", photo: "", online: false },
  h4: { name: "W".repeat(64), photo: "javascript:window.hacked=2", online: false },
};

/** @type {Record<string, (options: URLSearchParams) => Promise<{ client: FakeClient, user: string }>>} */
export const scenes = {
  async talk() {
    const client = new FakeClient({ people: PEOPLE });
    await shown(client, "PHOTOBEN", 96, 96, "#2f6f8f", "#f2b267");
    await shown(client, "PHOTOEVA", 96, 96, "#8f2f5f", "#f29267");
    await shown(client, "TAP", 1200, 900, "#88a9b5", "#39586a");
    await shown(client, "A", 800, 800, "#d9b08c", "#a05f45");
    await shown(client, "B", 800, 1000, "#5f7d6e", "#c9d8c5");
    await shown(client, "C", 1000, 700, "#485a8a", "#a7b6da");
    const now = new Date().setHours(10, 42, 0, 0);
    const quiet = true;
    const say = (sender, text, ago, media = []) => client.put("ben", sender, text, { at: now - ago, quiet, media });
    say("me-0001", "Hello! The tap in our kitchen has been dripping since the weekend.", DAY + 62 * MINUTE);
    say("me-0001", "Could somebody have a look this week?", DAY + 61 * MINUTE);
    say("ben", "Good morning! Yes, of course.", DAY + 40 * MINUTE);
    say("ben", "Could you send me a photo of the tap, from the side if possible? Then I know which cartridge to bring.", DAY + 39 * MINUTE);
    say("me-0001", "", DAY + 30 * MINUTE, ["TAP"]);
    say("me-0001", "It is this one. The handle is quite stiff, too.", DAY + 29 * MINUTE);
    say("ben", "👍", DAY + 20 * MINUTE);
    say("ben", "That is a 35 mm cartridge, I have those in the van: https://example.com/cartridges/35mm?ref=parley. It takes about half an hour.", 34 * MINUTE);
    say("ben", "Would tomorrow at nine suit you?", 33 * MINUTE);
    say("me-0001", "Nine is perfect. Please ring twice, the bell is a bit shy 😄", 21 * MINUTE);
    say("ben", "Will do. Here are three from a job last week, so that you see how it ends up:", 12 * MINUTE, ["A", "B", "C"]);
    say("me-0001", "Lovely. See you tomorrow!", 2 * MINUTE);
    client.marks[client.id("ben")] = { delivered: 12, read: 10 };
    client.put("ana", "ana", "Shall we say Friday, half past ten?", { at: now - 5 * MINUTE, quiet });
    client.put("ana", "ana", "I can bring the drawings.", { at: now - 4 * MINUTE, quiet });
    client.put("chloe", "me-0001", "Merci beaucoup, à bientôt", { at: now - 3 * 60 * MINUTE, quiet });
    client.put("dan", "dan", "The invoice is attached; let me know if anything is unclear, and have a good weekend", { at: now - DAY, quiet });
    client.put("eva", "eva", "", { at: now - 3 * DAY, quiet, media: ["A"] });
    client.put("farid", "farid", "شكرا جزيلا، إلى اللقاء", { at: now - 12 * DAY, quiet });
    client.rows[client.id("eva")] = { pinned: true, read: 1 };
    client.rows[client.id("dan")] = { muted: Date.now() + DAY };
    client.rows[client.id("farid")] = { read: 1 };
    client.rows[client.id("ben")] = { read: 12 };
    return { client, user: "ben" };
  },

  async states() {
    const { client } = await scenes.talk();
    const conversation = client.id("ben");
    const own = { conversation, sender: client.user, mine: true, media: [], at: Date.now(), seq: null, code: null, reason: null };
    client.unsent.push({ ...own, id: "w1", text: "This one waits for a connection", state: "waiting" });
    client.unsent.push({ ...own, id: "f1", text: "This one was refused", state: "failed", code: "blocked", reason: "the recipient takes no messages from you" });
    client.state = "waiting";
    return { client, user: "ben" };
  },

  async rtl() {
    const client = new FakeClient({ people: PEOPLE });
    const now = new Date().setHours(10, 42, 0, 0);
    const say = (sender, text, ago) => client.put("farid", sender, text, { at: now - ago * MINUTE, quiet: true });
    say("farid", "صباح الخير! هل يناسبك الغد في الساعة التاسعة؟", 50);
    say("me-0001", "نعم، التاسعة ممتازة. العنوان هو شارع النيل ١٢، الطابق الثالث.", 45);
    say("me-0001", "See you tomorrow, and please bring the invoice (PDF).", 44);
    say("farid", "بكل تأكيد 👍 https://example.com/map", 40);
    say("farid", "إلى اللقاء", 39);
    client.marks[client.id("farid")] = { delivered: 5, read: 3 };
    client.rows[client.id("farid")] = { read: 5 };
    return { client, user: "farid" };
  },

  async empty() {
    return { client: new FakeClient({ people: PEOPLE }), user: "ana" };
  },

  async hostile() {
    const client = new FakeClient({ people: HOSTILE });
    const now = Date.now();
    const texts = [
      '<script>window.hacked = 1</script><img src=x onerror="window.hacked=2"> & <b>bold</b>',
      "javascript:window.hacked=3 https://example.com/\u202egpj.exe and data:text/html,<script>1</script>",
      "\u202eevitcelfer\u202c \u2066isolates\u2069 and \u200fmarks",
      "A".repeat(600),
      "https://example.com/" + "long/".repeat(80),
      "one\n\n\n\ntwo",
      "Z̸̡͔͚̙̮͎͔͎̄̏͆̑͠a̷̡̧̛͓͉̗̤͔̅̏̾l̴̢͎̺̪̲̱͒̑g̵̛̤̤̲̓͊o̶̡̞͚̎̄͠".repeat(12),
    ];
    for (const user of Object.keys(HOSTILE)) texts.forEach((text, i) => client.put(user, i % 3 ? user : client.user, text, { at: now - 60_000 + i, quiet: true }));
    return { client, user: "h1" };
  },

  async many(options) {
    const client = new FakeClient({ people: PEOPLE });
    const count = Number(options.get("count") ?? 2000);
    const words = "The quick brown fox jumps over the lazy dog while the kettle boils and somebody types a rather long answer".split(" ");
    const start = Date.now() - count * 4 * MINUTE;
    for (let i = 0; i < count; i++) {
      const text = `${i + 1} ${words.slice(0, 2 + ((i * 7) % 19)).join(" ")}${i % 23 === 0 ? " https://example.com/page" : ""}`;
      client.put("ana", i % 3 ? "ana" : client.user, text, { at: start + i * 4 * MINUTE, quiet: true });
    }
    client.rows[client.id("ana")] = { read: count };
    return { client, user: "ana" };
  },

  async unread() {
    const { client } = await scenes.many(new URLSearchParams("count=120"));
    client.rows[client.id("ana")] = { read: 80 };
    return { client, user: "ana" };
  },

  async group() {
    const client = new FakeClient({ people: PEOPLE });
    const id = "g:01J0000000000000000000000A";
    const now = Date.now() - 20 * MINUTE;
    client.put(id, "ana", "Who has the key to the shed?", { at: now, quiet: true });
    client.put(id, "dan", "I do. I will leave it under the pot.", { at: now + MINUTE, quiet: true });
    client.put(id, "me-0001", "Perfect, thank you both", { at: now + 2 * MINUTE, quiet: true });
    client.rows[id] = { read: 3 };
    return { client, user: id };
  },
};
