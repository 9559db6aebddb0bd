// Keyboard focus belongs to the operator: what the page changes by itself must not take it away.

const SAID_BY = ["data-key", "data-open", "data-except", "href", "name"];

// A field of a dialog that has just closed keeps the focus for a frame; nobody can see it there.
export function isLost() {
  const active = document.activeElement;
  return !active || active === document.body || active.closest("dialog:not([open])") !== null;
}

export function focusPrimary() {
  document.querySelector("[data-primary]:not([disabled])")?.focus({ focusVisible: true });
}

// A selector that also finds the control which a swap put in this one's place.
export function describe(control) {
  if (control.id) return `#${CSS.escape(control.id)}`;
  const said = SAID_BY.filter((name) => control.hasAttribute(name));
  const words = said.map((name) => `[${name}="${CSS.escape(control.getAttribute(name))}"]`);
  const room = control.parentElement?.closest("[id]");
  return `${room ? `#${CSS.escape(room.id)} ` : ""}${control.localName}${words.join("")}`;
}

// The same control again, or the key that matters next where it is gone.
export function giveBack(selector) {
  const control = document.querySelector(selector);
  if (control && !control.disabled) control.focus({ preventScroll: true, focusVisible: true });
  if (isLost()) focusPrimary();
}

// htmx replaces the nodes right after "before"; another swap may come before this one's "after".
let held = null;
document.addEventListener("htmx:before:swap", () => {
  if (!isLost()) held = describe(document.activeElement);
});
document.addEventListener("htmx:after:swap", () => {
  if (held && isLost()) giveBack(held);
  held = null;
});
