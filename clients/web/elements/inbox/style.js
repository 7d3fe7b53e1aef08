import { sheet } from "../dom.js";

export const style = sheet(`
:host { overflow: hidden auto; block-size: 100%; overscroll-behavior: contain; scrollbar-width: thin; container-type: inline-size; }
.list { padding: 8px; }
.list:empty { display: none; }
.row { --_avatar: 48px; display: flex; align-items: center; gap: 12px; padding: 10px 12px; border-radius: 14px; cursor: pointer;
  content-visibility: auto; contain-intrinsic-block-size: 68px; -webkit-tap-highlight-color: transparent; }
.row:hover { background: var(--_hover); }
.row[aria-selected="true"] { background: color-mix(in oklab, var(--_accent) 14%, transparent); }
.row:focus-visible { outline-offset: -2px; }
.words { flex: 1; min-inline-size: 0; }
.top, .bottom { display: flex; align-items: baseline; gap: 6px; min-inline-size: 0; }
.name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.45; }
time { margin-inline-start: auto; padding-inline-start: 8px; font-size: .8em; color: var(--_muted); white-space: nowrap; flex: none;
  font-variant-numeric: tabular-nums; }
.unread:not(.quiet) time { color: color-mix(in oklab, var(--_accent) 75%, var(--_text)); font-weight: 600; }
.mark { align-self: center; color: var(--_muted); flex: none; }
.mark .icon { inline-size: 15px; block-size: 15px; }
.bottom { align-items: center; min-block-size: 21px; }
.preview { flex: 1; min-inline-size: 0; font-size: .93em; line-height: 1.45; color: var(--_muted); overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.unread:not(.quiet) .preview { color: var(--_text); }
.badge { flex: none; }
.badge.quiet { background: color-mix(in oklab, var(--_muted) 28%, transparent); color: var(--_text); }
.note { display: grid; place-content: center; justify-items: center; gap: 4px; block-size: 100%; padding: 24px; text-align: center; }
.note p { margin: 0; font-weight: 600; }
.note .icon { inline-size: 44px; block-size: 44px; stroke-width: 1.2; color: var(--_muted); opacity: .7; margin-block-end: 8px; }
`);
