/** The colours, sizes and small parts that all elements share. README.md lists the variables. */

import { sheet } from "./dom.js";

export const theme = sheet(`
:host {
  color-scheme: light dark;
  --_accent: var(--parley-accent, light-dark(#0b7a6b, #2fb8a3));
  --_accent-text: var(--parley-accent-text, light-dark(#fff, #04211d));
  --_surface: var(--parley-surface, light-dark(#fff, #16191c));
  --_canvas: var(--parley-canvas, light-dark(#f3f4f2, #0e1012));
  --_text: var(--parley-text, light-dark(#16201e, #e9eceb));
  --_muted: var(--parley-muted, light-dark(#5d6866, #9aa5a3));
  --_line: var(--parley-line, light-dark(#e4e7e5, #272c2f));
  --_own: var(--parley-bubble-own, light-dark(color-mix(in oklab, var(--_accent) 17%, #fff), color-mix(in oklab, var(--_accent) 34%, #101416)));
  --_own-text: var(--parley-bubble-own-text, var(--_text));
  --_other: var(--parley-bubble-other, light-dark(#fff, #20252a));
  --_other-text: var(--parley-bubble-other-text, var(--_text));
  --_read: var(--parley-tick-read, light-dark(#0a6fc2, #6cbcff));
  --_online: var(--parley-online, light-dark(#1d9a54, #3ecf7f));
  --_danger: var(--parley-danger, light-dark(#b3261e, #ff8b80));
  --_hover: color-mix(in oklab, var(--_text) 6%, transparent);
  --_radius: var(--parley-radius, 18px);
  --_font: var(--parley-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif);
  --_size: var(--parley-font-size, 15px);
  display: block;
  box-sizing: border-box;
  font: 400 var(--_size)/1.4 var(--_font);
  color: var(--_text);
  background: var(--_surface);
  -webkit-text-size-adjust: 100%;
  text-align: start;
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { border: 0; background: none; padding: 0; margin: 0; cursor: pointer; }
button:disabled { cursor: default; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
.icon { inline-size: 1.25em; block-size: 1.25em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; flex: none; display: block; }
.sr { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.round { inline-size: 40px; block-size: 40px; border-radius: 50%; display: grid; place-items: center; flex: none;
  color: var(--_muted); }
.round:hover { background: var(--_hover); }
.primary { background: var(--_accent); color: var(--_accent-text); border-radius: 999px; padding: 10px 18px; font-weight: 600; }
.primary:hover { background: color-mix(in oklab, var(--_accent) 90%, #000); }
.primary:disabled { opacity: .5; }
.link { color: var(--_accent); font-weight: 600; }
.link:hover { text-decoration: underline; text-underline-offset: 2px; }
.avatar { position: relative; inline-size: var(--_avatar, 40px); block-size: var(--_avatar, 40px); flex: none; border-radius: 50%;
  display: grid; place-items: center; font-size: calc(var(--_avatar, 40px) * .38); font-weight: 600; user-select: none;
  background: light-dark(oklch(.91 .045 var(--_hue)), oklch(.38 .06 var(--_hue)));
  color: light-dark(oklch(.39 .09 var(--_hue)), oklch(.92 .05 var(--_hue))); }
.avatar img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; border-radius: 50%; object-fit: cover; }
.avatar.online::after { content: ""; position: absolute; inset-block-end: 0; inset-inline-end: 0; inline-size: 28%;
  block-size: 28%; max-inline-size: 14px; max-block-size: 14px; border-radius: 50%; background: var(--_online);
  border: 2px solid var(--_surface); }
.badge { min-inline-size: 21px; padding-inline: 6px; border-radius: 999px; background: var(--_accent); color: var(--_accent-text);
  font-size: 12px; line-height: 21px; font-weight: 700; text-align: center; font-variant-numeric: tabular-nums; }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important;
  scroll-behavior: auto !important; } }
@media (forced-colors: active) { .badge, .primary { border: 1px solid; } .avatar { border: 1px solid; } }
`);
