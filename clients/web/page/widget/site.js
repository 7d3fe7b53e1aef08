/**
 * What a real site would write into the tag, and a made-up one has to look up: whom the chat is with. On a laptop that is the
 * provider whom the local server shows. Elsewhere this page's address says it (`?with=<user id>`, `?category=plumbing`), or the
 * widget opens the user's inbox.
 */

const widget = document.querySelector("parley-widget");
const say = (/** @type {string} */ id, /** @type {string} */ text) => {
  const node = document.getElementById(id);
  if (!node) return;
  node.textContent = text;
  node.hidden = false;
};

document.getElementById("ask")?.addEventListener("click", () => void widget?.open());

const asked = new URLSearchParams(location.search);
for (const name of ["with", "category"]) if (asked.has(name)) tell(name, asked.get(name) ?? "");
if (await onALaptop()) await introduce();

/** Only there does Cognito have an address of its own. */
async function onALaptop() {
  const answer = await fetch("/settings.json");
  return answer.ok && Boolean((await answer.json()).cognitoUrl);
}

/** Tells the widget, and the made-up site's visitors, whom the chat is with. */
function tell(/** @type {string} */ name, /** @type {string} */ value) {
  widget?.setAttribute(name, value);
  say("tag", `<script type="module" src="${location.origin}/elements/widget.js" data-${name}="${value}"></script>`);
}

async function introduce() {
  const answer = await fetch("/dev/people");
  const { people = [] } = answer.ok ? await answer.json() : {};
  const plumber = people.find((/** @type {{ role: string }} */ { role }) => role === "provider");
  if (!plumber) return;
  tell("with", plumber.id);
  const hint = document.getElementById("hint");
  if (hint) hint.hidden = false;
  showCodes();
}

/** Shows the code for the address that is being confirmed in the chat: the newest one since this page was opened. */
function showCodes() {
  const opened = Date.now();
  /** @type {Map<string, string>} the newest codes, by address */
  const codes = new Map();
  let wanted = "";
  const show = () => {
    const code = codes.get(wanted.toLowerCase());
    if (code) say("code", `The e-mail to ${wanted} would have said: ${code}`);
  };
  new EventSource("/dev/codes/stream").addEventListener("code", ({ data }) => {
    const { code, email, at } = JSON.parse(data);
    if (at < opened) return;
    codes.set(email.toLowerCase(), code);
    show();
  });
  widget?.addEventListener("code-sent", (event) => {
    wanted = /** @type {CustomEvent} */ (event).detail.email;
    show();
  });
  widget?.addEventListener("signed-in", () => {
    wanted = "";
    const line = document.getElementById("code");
    if (line) line.hidden = true;
  });
}
