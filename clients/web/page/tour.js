/**
 * The story that the page is about, played on the real phones: a dead zone, an outbox, a push, a sync, and each message
 * once. Whoever touches a phone meanwhile only changes what it shows.
 */

const PAUSE = 2200;

/**
 * @param {import("./phone.js").Phone} ada
 * @param {import("./phone.js").Phone} ben
 * @param {(caption: string) => void} say
 */
export async function play(ada, ben, say) {
  for (const phone of [ada, ben]) {
    if (!phone.online) phone.restoreNetwork();
    await running(phone);
  }
  say("Ada writes to Ben. The tick comes when it is stored, the second one when his phone has it.");
  await write(ada, ben, "Hello Ben, are you free on Friday?");
  await pause();
  (await running(ben)).typing(ada.user);
  await pause(1500);
  await write(ben, ada, "Friday at ten?");
  await pause();

  say("Ada walks into a dead zone. The server is told nothing: it believes that she is there.");
  await ada.loseDisconnect();
  await pause();
  say("Ben writes to her. The server's posts vanish: nobody confirms them.");
  await write(ben, ada, "Or rather at eleven.");
  await write(ben, ada, "Bring the old contract, please.");
  const pushed = next(ada, "line", ({ text }) => text.startsWith("push sent"));
  await pause();
  say("Ada answers, without a network. Her message waits in the outbox.");
  await write(ada, ben, "Ten is better for me.");
  await pause(1500);
  say("Nobody confirmed Ben's messages, so the notifier pushes: one push for both, with the badge.");
  await Promise.race([pushed, pause(8000)]);
  await pause(1200);

  say("Her app is killed, too. What it had not sent is on the device.");
  await ada.kill();
  await pause();
  say("The network is back, and the push is on her lock screen.");
  ada.restoreNetwork();
  await pause(3000);
  say("She opens the app. The sync fills the gap, the outbox empties: each message once, in order.");
  await ada.openApp();
  await pause(4000);
  say("Your turn: write on either phone, and break whatever you like.");
}

/**
 * @param {import("./phone.js").Phone} from
 * @param {import("./phone.js").Phone} to
 * @param {string} text
 */
async function write(from, to, text) {
  await (await running(from)).send(to.user, { text });
}

/**
 * The phone's app, which is opened if it has been killed.
 *
 * @param {import("./phone.js").Phone} phone
 */
async function running(phone) {
  while (!phone.client) await phone.openApp();
  return phone.client;
}

/** @param {number} [ms] */
function pause(ms = PAUSE) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @param {EventTarget} target
 * @param {string} type
 * @param {(detail: any) => boolean} wanted
 */
function next(target, type, wanted) {
  return new Promise((/** @type {(value: void) => void} */ resolve) => {
    const hear = (/** @type {Event} */ event) => {
      if (!wanted(/** @type {CustomEvent} */ (event).detail)) return;
      target.removeEventListener(type, hear);
      resolve();
    };
    target.addEventListener(type, hear);
  });
}
