import "/elements/index.js";
import { scenes } from "./scenes.js";

const options = new URLSearchParams(location.search);
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ type: "longtask", buffered: false });

if (options.has("dir")) document.documentElement.dir = options.get("dir");
if (options.has("lang")) document.documentElement.lang = options.get("lang");
const { client, user } = await scenes[options.get("scene") ?? "talk"](options);
window.client = client;
window.events = [];

function place(name) {
  const element = document.createElement(name);
  element.client = client;
  if (options.has("theme")) element.setAttribute("theme", options.get("theme"));
  return element;
}

const shown = options.get("show") ?? "both";
document.body.className = shown;
if (shown !== "conversation") {
  const inbox = place("parley-inbox");
  inbox.addEventListener("select", ({ detail }) => {
    window.events.push(detail);
    window.conversation?.setAttribute("conversation", detail.conversation);
    window.conversation?.removeAttribute("with");
  });
  inbox.selected = client.id(user);
  document.body.append((window.inbox = inbox));
}
if (shown !== "inbox") {
  const conversation = place("parley-conversation");
  conversation[user.includes(":") ? "conversation" : "with"] = user;
  if (options.has("archived")) conversation.archived = true;
  document.body.append((window.conversation = conversation));
}
document.body.dataset.ready = "";
