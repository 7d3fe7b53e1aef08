/** Elements and icons, as the web components make them: whatever people wrote goes in as text, never as markup. */

import { drawing, h as make } from "/elements/dom.js";

/**
 * Makes an element, with classes after dots in its name: `h("p.note.quiet", {}, "text")`.
 *
 * @param {string} name
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const given = classes.length ? { ...props, class: [...classes, props.class].filter(Boolean).join(" ") } : props;
  return make(/** @type {any} */ (tag), given, ...children);
}

/** The page's own icons: strokes on a grid of 24. */
const ICONS = {
  back: "M15 5l-7 7 7 7",
  copy: "M9 9h10v10H9zM5 15V5h10",
  ghost: "M5 20V11a7 7 0 0114 0v9l-2.3-2-2.4 2-2.3-2-2.3 2-2.4-2zM9.5 11h.01M14.5 11h.01",
  key: "M15.5 3.5a5 5 0 11-3.6 8.5L4 20v-3l2-1v-2l2-.5 2-2.5M16 8h.01",
  leave: "M14 4H7a2 2 0 00-2 2v12a2 2 0 002 2h7M10.5 12H21M17 8l4 4-4 4",
  off: "M12 4v8M7.5 6.6a7.5 7.5 0 109 0",
  person: "M12 4a4 4 0 100 8 4 4 0 000-8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  play: "M8 5l11 7-11 7z",
  plus: "M12 5v14M5 12h14",
  wifi: "M4 9.5c4.7-4.7 11.3-4.7 16 0M7 13c3-3 7-3 10 0M10 16.3c1.2-1.2 2.8-1.2 4 0M12 19.5h.01",
  wifiOff: "M4 4l16 16M4 9.5a12 12 0 013.5-2.4M12 6.1c2.9-.1 5.8 1 8 3.4M7 13c.8-.8 1.8-1.4 2.8-1.7M10 16.3c1.2-1.2 2.8-1.2 4 0M12 19.5h.01",
};

/**
 * An icon that says nothing to a screen reader: the text beside it does.
 *
 * @param {keyof typeof ICONS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return drawing(ICONS[name], "icon");
}
