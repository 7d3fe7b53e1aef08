import { sheet } from "../dom.js";

export const style = sheet(`
:host { display: grid; grid-template: auto auto minmax(0, 1fr) auto / minmax(0, 1fr); position: relative; min-block-size: 240px;
  block-size: 100%; overflow: hidden; container-type: inline-size; }
:host > .note, .empty { grid-row: 1 / -1; }
header { grid-row: 1; display: flex; align-items: center; gap: 12px; padding: 10px 16px; min-block-size: 64px;
  border-block-end: 1px solid var(--_line); }
:host([headless]) header { display: none; }
.who { flex: 1; min-inline-size: 0; }
.title { margin: 0; font-size: 1.07em; font-weight: 650; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
   }
.status { font-size: .87em; line-height: 1.3; color: var(--_muted); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.status.lively { color: var(--_online); color: color-mix(in oklab, var(--_online) 78%, var(--_text)); }
.banner { grid-row: 2; padding: 8px 16px; font-size: .87em; text-align: center; color: var(--_muted); background: var(--_hover);
  border-block-end: 1px solid var(--_line); }
.banner.offline { color: light-dark(#6b4b00, #f3d48b); background: light-dark(#fdf3d9, #2e2710); border-color: transparent; }
.body { grid-row: 3; position: relative; min-block-size: 0; background: var(--_canvas); }
.scroller { position: absolute; inset: 0; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin;
  scrollbar-color: color-mix(in oklab, var(--_text) 25%, transparent) transparent; }
.scroller:focus-visible { outline-offset: -2px; }
.content { min-block-size: 100%; display: flex; flex-direction: column; justify-content: flex-end; padding-block: 12px 10px; }
.row, .day, .unread { padding-inline: 16px; content-visibility: auto; contain-intrinsic-block-size: auto 40px; }
.row { display: flex; flex-direction: column; align-items: flex-start; padding-block: 1px; }
.row.own { align-items: flex-end; }
.row.first { padding-block-start: 8px; }
.bubble { position: relative; max-inline-size: min(82%, 560px); padding: 7px 12px; border-radius: var(--_radius);
  background: var(--_other); color: var(--_other-text); box-shadow: 0 1px 1px light-dark(rgb(20 40 36 / .07), transparent); }
.own .bubble { background: var(--_own); color: var(--_own-text); box-shadow: none; }
.other:not(.first) .bubble { border-start-start-radius: 6px; }
.other:not(.last) .bubble { border-end-start-radius: 6px; }
.own:not(.first) .bubble { border-start-end-radius: 6px; }
.own:not(.last) .bubble { border-end-end-radius: 6px; }
.name { font-size: .87em; font-weight: 650; color: var(--_accent); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.text { white-space: pre-wrap; overflow-wrap: anywhere;  overflow: clip; overflow-clip-margin: 2px; }
.text::after { content: ""; display: inline-block; inline-size: 62px; }
.own .text::after { inline-size: 80px; }
.text a { color: light-dark(#0a5dab, #7cc0ff); text-decoration-thickness: 1px; text-underline-offset: 2px; }
.meta { position: absolute; inset-block-end: 6px; inset-inline-end: 12px; display: flex; align-items: center; gap: 4px; font-size: 11px;
  line-height: 15px; color: var(--_muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
.own .meta { color: color-mix(in oklab, var(--_own-text) 74%, var(--_own)); }
.block .text::after { content: none; }
.block .meta { position: static; justify-content: flex-end; margin-block-start: 2px; }
.tick .icon { inline-size: 16px; block-size: 16px; }
.tick .i-clock { inline-size: 13px; block-size: 13px; }
.read .tick { color: var(--_read); }
.failed .tick { color: var(--_danger); }
.big .text { font-size: 2.6em; line-height: 1.2; }
.big .text::after { content: none; }
.big .bubble { background: none; box-shadow: none; padding-inline: 4px; }
.big .meta { position: static; justify-content: flex-end; }
.failure { font-size: .87em; color: var(--_danger); padding: 3px 4px 4px; max-inline-size: 82%; text-align: end; overflow-wrap: anywhere; }
.failure .link { color: inherit; text-decoration: underline; text-underline-offset: 2px; margin-inline-start: 8px; padding-block: 4px; }
.day, .unread { text-align: center; padding-block: 14px 8px; font-size: .8em; color: var(--_muted); font-weight: 600; }
.unread { display: flex; align-items: center; gap: 12px; color: var(--_accent); }
.unread::before, .unread::after { content: ""; flex: 1; block-size: 1px; background: color-mix(in oklab, var(--_accent) 30%, transparent); }
.pictured .bubble { padding: 4px; overflow: hidden; inline-size: min-content; }
.pictured .text { padding: 6px 8px 3px; }
.pictured .name { padding: 3px 8px; }
.pictured .meta { inset-inline-end: 12px; }
.pictured.bare .meta { inset-block-end: 10px; inset-inline-end: 10px; padding: 1px 7px; border-radius: 9px; color: #fff;
  background: rgb(0 0 0 / .5); position: absolute; }
.pictured.bare .tick { color: #fff; }
.media { display: grid; gap: 3px; inline-size: min(300px, 64cqi); overflow: hidden; border-radius: calc(var(--_radius) - 4px); }
.n2, .n3, .n4 { grid-template-columns: 1fr 1fr; }
.n3 .medium:first-child { grid-column: 1 / -1; }
.medium { min-block-size: 44px; background: var(--_hover); display: grid; overflow: hidden; }
.medium img, .medium video { inline-size: 100%; block-size: auto; display: block; object-fit: cover; max-block-size: 380px; }
.n2 .medium, .n4 .medium, .n3 .medium:not(:first-child) { aspect-ratio: 1; }
.n3 .medium:first-child { aspect-ratio: 2; }
.n2 img, .n3 img, .n4 img { block-size: 100%; aspect-ratio: auto !important; }
.n1 .medium:empty, .n1 .medium:has(> .sr) { aspect-ratio: 4 / 3; }
.photo { display: grid; inline-size: 100%; block-size: 100%; }
.photo:focus-visible { outline-offset: -4px; }
audio { inline-size: 100%; min-inline-size: 220px; }
.document, .plain { display: flex; align-items: center; gap: 10px; padding: 12px 12px 26px; color: inherit; text-decoration: none; min-inline-size: 0;
  font-size: .93em; text-align: start; }
.document span { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; font-weight: 600; }
.document small { display: block; font-weight: 400; color: var(--_muted); }
.plain { color: var(--_muted); flex-wrap: wrap; inline-size: 100%; }
.sending { display: flex; align-items: center; gap: 10px; padding: 6px 8px 4px; }
progress { appearance: none; flex: 1; min-inline-size: 90px; block-size: 5px; border: 0; border-radius: 3px; overflow: hidden;
  background: color-mix(in oklab, var(--_own-text) 18%, transparent); }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--_accent); border-radius: 3px; transition: inline-size .2s; }
progress::-moz-progress-bar { background: var(--_accent); }
.upload .text::after { content: none; }
.sending .link { font-size: .87em; }
.typing .bubble { display: flex; align-items: center; gap: 5px; padding: 13px 14px; }
.typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--_muted); animation: dot 1.3s infinite ease-in-out; }
.typing i:nth-of-type(2) { animation-delay: .16s; }
.typing i:nth-of-type(3) { animation-delay: .32s; }
@keyframes dot { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }
.pill { position: absolute; inset-block-end: 12px; inset-inline-end: 16px; display: flex; align-items: center; gap: 8px; min-block-size: 40px;
  min-inline-size: 40px; padding-inline: 10px; border-radius: 20px; background: var(--_surface); color: var(--_text); font-size: .87em;
  font-weight: 600; box-shadow: 0 2px 10px rgb(0 0 0 / .16), 0 0 0 1px var(--_line); }
.pill span:not([hidden]) { padding-inline-start: 6px; }
.empty { grid-row: 3; position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 16px; pointer-events: none; }
.empty > * { pointer-events: auto; }
.note { display: grid; place-content: center; justify-items: center; gap: 4px; padding: 24px; color: var(--_muted); text-align: center; }
.note p { margin: 0; font-weight: 600; color: var(--_text); }
.note .hint { font-weight: 400; color: var(--_muted); }
.note .icon { inline-size: 44px; block-size: 44px; stroke-width: 1.2; margin-block-end: 8px; opacity: .7; }
.composer { grid-row: 4; border-block-start: 1px solid var(--_line); padding: 8px 10px max(8px, env(safe-area-inset-bottom)); }
.line { display: flex; align-items: flex-end; gap: 6px; }
.field { flex: 1; min-inline-size: 0; background: var(--_canvas); border: 1px solid var(--_line); border-radius: 21px; padding: 8px 14px;
  display: flex; }
.field:focus-within { border-color: var(--_accent); box-shadow: 0 0 0 1px var(--_accent); }
textarea { display: block; inline-size: 100%; resize: none; border: 0; padding: 0; margin: 0; background: none; max-block-size: 132px;
  min-block-size: 1.5em; line-height: 1.5; overflow-y: auto; scrollbar-width: thin; font-size: max(16px, 1em); }
@container (min-width: 480px) { textarea { font-size: 1em; } }
textarea:focus-visible { outline: none; }
textarea::placeholder { color: var(--_muted); opacity: 1; }
.composer .round { inline-size: 42px; block-size: 42px; }
button.send { background: var(--_accent); color: var(--_accent-text); transition: background .15s; }
button.send:hover { background: color-mix(in oklab, var(--_accent) 88%, #000); }
button.send:disabled { background: var(--_hover); color: var(--_muted); }
.warning { font-size: .87em; color: var(--_danger); }
.warning:not(:empty) { padding: 2px 8px 8px; overflow-wrap: anywhere; }
.tray { display: flex; gap: 8px; overflow-x: auto; padding: 4px 6px 10px; }
.chip { position: relative; flex: none; display: flex; align-items: center; gap: 8px; block-size: 64px; min-inline-size: 64px; max-inline-size: 220px;
  border-radius: 12px; background: var(--_canvas); border: 1px solid var(--_line); padding-inline: 12px; font-size: .87em; }
.chip:has(img) { padding: 0; }
.chip img { inline-size: 64px; block-size: 62px; object-fit: cover; border-radius: 11px; }
.chip span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-inline-end: 14px; }
.chip button { position: absolute; inset-block-start: 4px; inset-inline-end: 4px; inline-size: 24px; block-size: 24px; border-radius: 50%;
  display: grid; place-items: center; background: rgb(0 0 0 / .6); color: #fff; font-size: 11px; }
.drop { position: absolute; inset: 8px; z-index: 3; display: grid; place-items: center; border: 2px dashed var(--_accent); border-radius: 16px;
  background: color-mix(in oklab, var(--_surface) 90%, transparent); font-weight: 600; pointer-events: none; }
.lightbox { inset: 0; inline-size: 100vw; block-size: 100vh; max-inline-size: none; max-block-size: none; border: 0; padding: 0; margin: 0;
  background: rgb(0 0 0 / .92); display: grid; place-items: center; cursor: zoom-out; }
.lightbox img { max-inline-size: 100vw; max-block-size: 100vh; object-fit: contain; }
.lightbox .round { position: absolute; inset-block-start: 16px; inset-inline-end: 16px; color: #fff; background: rgb(0 0 0 / .5); }
@media (forced-colors: active) { .bubble, .field, .pill { border: 1px solid; } }
`);
