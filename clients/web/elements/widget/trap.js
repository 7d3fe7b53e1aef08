/** Keeps the focus within an element, shadow roots included. */

const STOPS = "a[href], button:not(:disabled), input:not(:disabled):not([hidden]), textarea:not(:disabled), [tabindex='0']";

/**
 * Lead Tab from the last stop to the first, and back.
 *
 * @param {HTMLElement} holder
 */
export function trap(holder) {
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...tabStops(holder)];
    const at = stops.indexOf(focused());
    const edge = event.shiftKey ? 0 : stops.length - 1;
    if (at !== edge && at !== -1) return;
    event.preventDefault();
    stops.at(event.shiftKey ? -1 : 0)?.focus();
  });
}

/** Whatever has the focus, in whichever shadow root. */
function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return /** @type {HTMLElement} */ (node);
}

/**
 * What Tab stops at, in the order of the page as it is composed.
 *
 * @param {Element} node
 * @returns {Generator<HTMLElement>}
 */
function* tabStops(node) {
  // A slot has no box of its own.
  const slot = node instanceof HTMLSlotElement;
  if (!slot && !node.checkVisibility({ visibilityProperty: true })) return;
  if (node.matches(STOPS)) yield /** @type {HTMLElement} */ (node);
  const inner = slot ? node.assignedElements() : (node.shadowRoot ?? node).children;
  for (const child of inner) yield* tabStops(child);
}
