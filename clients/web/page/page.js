/** The page: two phones, a third one for whoever looks at it, and what is behind the glass. */

import { Costs } from "./cost.js";
import { h, icon } from "./dom.js";
import { Glass } from "./glass.js";
import { follow, readPeople, readPrices, readSettings } from "./local.js";
import { Phone } from "./phone.js";
import { PhoneView } from "./phone-view.js";
import { signUp } from "./sign-up.js";
import { play } from "./tour.js";

const [stage, where, caption, playButton, joinButton] = ["stage", "where", "caption", "play", "join"].map(
  (id) => /** @type {HTMLElement} */ (document.getElementById(id)),
);

/** @type {Phone[]} */
const phones = [];
let [started, answers] = [false, true];
playButton.prepend(icon("play"));
joinButton.prepend(icon("person"));

try {
  await start();
} catch (error) {
  where.textContent = "not reachable";
  where.classList.add("down");
  caption.hidden = false;
  caption.textContent = `This page could not connect: ${/** @type {Error} */ (error).message}. Is make run still running? Then reload.`;
  throw error;
}

async function start() {
  const [settings, people, prices] = await Promise.all([readSettings(), readPeople(), readPrices()]);
  const glass = new Glass(/** @type {HTMLElement} */ (document.getElementById("glass")), new Costs(prices));
  follow("/dev/log", "invocation", (invocation) => glass.invocation(/** @type {any} */ (invocation)), reachable);
  const opened = Date.now();
  follow("/dev/pushes/stream", "push", (/** @type {any} */ push) => {
    if (push.at < opened) return;
    const phone = phones.find(({ user, pushToken }) => user && push.token === pushToken);
    if (!phone) return; // another phone, such as the one of the demonstration in the terminal
    phone.push(push);
    glass.push(push, phone.name);
  });

  const shown = people.slice(0, 2).map((person) => {
    const phone = new Phone(person.name.toLowerCase(), settings);
    return { person, phone, view: add(phone, `${person.name}’s phone`, person.role, glass) };
  });
  shown.forEach(({ view }, index) => view.show(people[1 - index]?.id ?? "", people[1 - index]?.name));
  await Promise.all(shown.map(({ phone, person }) => phone.start(person).then(() => phone.live())));
  started = true;
  reachable(answers);

  if (shown.length === 2) ready(shown[0].phone, shown[1].phone);
  else playButton.hidden = true;
  joinButton.removeAttribute("disabled");
  const partner = people.find(({ role }) => role === "provider");
  joinButton.addEventListener("click", () => join(settings, glass, partner?.id ?? ""), { once: true });
  if (!shown.length) joinButton.click();
}

/** @param {boolean} up whether the server answers, which is shown once the phones have been live */
function reachable(up) {
  answers = up;
  if (!started) return;
  where.textContent = up ? `live on ${location.host}` : `${location.host} does not answer`;
  where.classList.toggle("up", up);
  where.classList.toggle("down", !up);
}

/**
 * @param {Phone} ada
 * @param {Phone} ben
 */
function ready(ada, ben) {
  playButton.removeAttribute("disabled");
  playButton.addEventListener("click", async () => {
    playButton.toggleAttribute("disabled", true);
    caption.hidden = false;
    try {
      await play(ada, ben, (text) => (caption.textContent = text));
    } catch (error) {
      caption.textContent = `The story has stopped: ${/** @type {Error} */ (error).message}`;
    } finally {
      playButton.toggleAttribute("disabled", false);
    }
  });
}

/**
 * @param {import("/parley/index.js").Settings} settings
 * @param {Glass} glass
 * @param {string} partner with whom a new user talks first
 */
async function join(settings, glass, partner) {
  joinButton.hidden = true;
  const phone = new Phone("you", settings);
  const view = add(phone, "Your phone", "consumer", glass);
  if (!phone.auth.user) {
    const { element, done } = signUp(phone.auth);
    view.put(element);
    view.element.scrollIntoView({ block: "center" });
    await done;
  }
  view.show(partner);
  await phone.openApp();
  view.element.scrollIntoView({ block: "center" });
}

/**
 * @param {Phone} phone
 * @param {string} label
 * @param {string} role
 * @param {Glass} glass
 */
function add(phone, label, role, glass) {
  const view = new PhoneView(phone, label);
  phones.push(phone);
  glass.watch(phone);
  view.element.prepend(h("h2.owner", {}, label, h("span", {}, role)));
  stage.append(view.element);
  return view;
}
