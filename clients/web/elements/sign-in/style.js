import { sheet } from "../dom.js";

export const style = sheet(`
:host { padding: 20px; }
form { display: grid; gap: 14px; max-inline-size: 360px; margin-inline: auto; }
label { display: block; font-size: .87em; font-weight: 600; margin-block-end: 5px; }
input { inline-size: 100%; padding: 10px 14px; border: 1px solid color-mix(in oklab, var(--_text) 26%, transparent); border-radius: 12px;
  background: var(--_surface); font-size: max(16px, 1em); }
input:focus-visible { outline-offset: -1px; }
.hint, .problem { margin: 0; font-size: .93em; overflow-wrap: anywhere; }
.hint, .rule { color: var(--_muted); }
.rule { margin: 5px 0 0; font-size: .87em; }
.problem { color: var(--_danger); }
.problem:empty { display: none; }
.primary { padding-block: 12px; margin-block-start: 2px; }
.link { justify-self: center; padding: 4px 8px; font-size: .93em; }
`);
