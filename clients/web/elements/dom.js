/** Making elements without markup: whatever is a string becomes text, so nothing that others wrote is ever parsed. */

/**
 * Make an element. `props` whose names begin with "on" are listeners; true and false set and leave out an attribute; the rest
 * are attributes. Children that are null or false are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** @type {Record<string, string>} paths in a box of 24 by 24, stroked */
const PATHS = {
  clock: "M12 7v5l3 2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0Z",
  tick: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M1.5 12.5 6 17l9.5-9.5M11.5 16l1 1L22 7.5",
  alert: "M12 7.5v5.5M12 16.4v.1M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0Z",
  attach: "M12 5v14M5 12h14",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  close: "M6 6l12 12M18 6 6 18",
  file: "M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5ZM13.5 3.5v5h5",
  pin: "M9 3.5h6l-.7 6.2 3.2 3.3v1.5h-11V13l3.2-3.3ZM12 14.5V21",
  muted: "M9 18a3 3 0 0 0 6 0M17.5 14V10A5.5 5.5 0 0 0 8 6.2M6.5 9.5V14L5 16.5h11.5M4 4l16 16",
  chat: "M20 11.5a7.5 7.5 0 0 1-11.2 6.5L4.5 19.5 6 15.3A7.5 7.5 0 1 1 20 11.5Z",
  back: "M15 5l-7 7 7 7",
  leave: "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10.5 12H21M17 8l4 4-4 4",
  archive: "M4 5h16v4H4ZM5.5 9v10h13V9M10 13h4",
};

/**
 * An icon. It says nothing to a screen reader; whatever holds it has the label.
 *
 * @param {string} name
 */
export function icon(name) {
  return drawing(PATHS[name], `icon i-${name}`);
}

/**
 * A drawing of one path in a box of 24 by 24, which says nothing to a screen reader.
 *
 * @param {string} d
 * @param {string} classes
 */
export function drawing(d, classes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", classes);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/**
 * A constructed style sheet, which a policy without inline styles allows.
 *
 * @param {string} css
 */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

/**
 * Set a text only if it differs, so that screen readers and layout are left in peace.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Give a parent these children, in this order, moving no more than has to be.
 *
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function arrange(parent, nodes) {
  let next = parent.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = node.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}
