/** Defines the elements. Importing this twice, or two copies of it, is harmless. */

import { ParleyConversation } from "./conversation/element.js";
import { ParleyInbox } from "./inbox/element.js";
import { ParleySignIn } from "./sign-in/element.js";

/** @type {Record<string, CustomElementConstructor>} */
const elements = { "parley-conversation": ParleyConversation, "parley-inbox": ParleyInbox, "parley-sign-in": ParleySignIn };
for (const [name, element] of Object.entries(elements)) {
  if (!customElements.get(name)) customElements.define(name, element);
}

export { ParleyConversation, ParleyInbox, ParleySignIn };
export { english } from "./strings.js";
