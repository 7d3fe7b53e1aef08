import { sheet } from "../dom.js";

export const style = sheet(`
.panel { position: absolute; inset-block-end: 76px; inset-inline-end: 0; inline-size: 384px; block-size: min(640px, calc(100dvh - 124px));
  display: flex; flex-direction: column; overflow: hidden; border-radius: 20px; background: var(--_surface); color: var(--_text);
  box-shadow: 0 12px 48px rgb(0 0 0 / .22), 0 0 0 1px var(--_line); animation: rise .18s ease-out; }
:host([side="start"]) .panel { inset-inline: 0 auto; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
.panel:focus-visible { outline: none; }
.head { display: flex; align-items: center; gap: 4px; min-block-size: 64px; padding-block: 10px; padding-inline: 20px 12px;
  border-block-end: 1px solid var(--_line); }
.head h2 { flex: 1; min-inline-size: 0; margin: 0; font-size: 1.07em; font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  color: var(--_text); }
.welcome, .message { margin: 24px 24px 4px; text-align: center; color: var(--_text); }
.message { margin-block: auto; color: var(--_muted); }
.again { align-self: center; margin-block-end: auto; margin-block-start: 12px; }
parley-conversation, parley-inbox { flex: 1; min-block-size: 0; }
parley-sign-in { background: none; }
@media (max-width: 480px) {
  .panel { position: fixed; inset: 0 !important; inline-size: auto; block-size: auto; border-radius: 0; z-index: 1; }
}
`);
