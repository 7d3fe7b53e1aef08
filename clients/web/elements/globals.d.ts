import type { ParleyConversation } from "./conversation/element.js";
import type { ParleyInbox } from "./inbox/element.js";
import type { ParleySignIn } from "./sign-in/element.js";
import type { ParleyWidget } from "./widget.js";

declare global {
  interface HTMLElementTagNameMap {
    "parley-conversation": ParleyConversation;
    "parley-inbox": ParleyInbox;
    "parley-sign-in": ParleySignIn;
    "parley-widget": ParleyWidget;
  }
}
