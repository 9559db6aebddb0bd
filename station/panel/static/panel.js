// Every page: the Trusted Types policy for htmx, dialogs, and the keys that work everywhere.

import { describe, focusPrimary, giveBack, isLost } from "./focus.js";

// htmx parses the panel's own answers; nothing else may turn text into markup, and nothing may eval.
const policy = window.trustedTypes?.createPolicy("panel", { createHTML: (text) => text });
const refuse = () => { throw new Error("the panel evaluates no text as code"); };
htmx.registerExtension("panel", {
  init: (api) => {
    const markup = policy ?? { createHTML: (text) => text };
    api.initSecurity({ createHTML: (text) => markup.createHTML(text), createScript: refuse }, refuse, refuse);
  },
});

const INTERACTIVE = "a, button, input, select, textarea, summary, [role=button], [contenteditable]";
let opener = null;

function fill(dialog, trigger) {
  const values = { part: trigger.dataset.except, label: trigger.dataset.label, kind: trigger.dataset.kind };
  for (const place of dialog.querySelectorAll("[data-fill]")) {
    const value = values[place.dataset.fill] ?? "";
    if (place instanceof HTMLInputElement) place.value = value; else place.textContent = value;
  }
  for (const form of dialog.querySelectorAll("[data-when]")) {
    form.hidden = (form.dataset.when === "excepted") !== Boolean(values.kind);
  }
}

function open(trigger) {
  const dialog = document.getElementById(trigger.dataset.open);
  if (!dialog || dialog.open) return;
  opener = trigger instanceof Element ? describe(trigger) : null;
  fill(dialog, trigger);
  dialog.showModal();
  dialog.querySelector("form:not([hidden]) input:not([type=hidden]), [data-close]")?.focus();
}

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-open]");
  if (trigger) { event.preventDefault(); open(trigger); return; }
  if (event.target.closest("[data-close]") || event.target.tagName === "DIALOG") event.target.closest("dialog")?.close();
  if (event.target.closest("[data-print]")) window.print();
});
// Closing gives the focus back by itself, unless a swap replaced the opener meanwhile. This event
// comes a frame later, when the operator may already have moved on.
document.addEventListener("close", () => {
  if (opener && isLost()) giveBack(opener);
  opener = null;
}, true);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const target = event.target;
  if (target.matches?.("[data-open][role=button]") && (event.key === " " || event.key === "Enter")) {
    event.preventDefault();
    open(target);
    return;
  }
  if (target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") { event.preventDefault(); open({ dataset: { open: "help" } }); return; }
  // A focused control keeps its own Space and Enter; only R works from anywhere.
  const isFree = !target.closest?.(INTERACTIVE);
  const name = { r: "again", R: "again", " ": isFree ? "capture" : null, Enter: isFree ? "next" : null }[event.key];
  const control = name && document.querySelector(`[data-key="${name}"]:not([disabled])`);
  if (control) { event.preventDefault(); control.click(); }
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Now, not at "pageshow": that waits for every picture, and the operator does not.
if (isLost() && !document.querySelector("[autofocus]")) focusPrimary();

// Typing alone sends nothing to the station: say once a minute that somebody is here.
let toldAt = Date.now();
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, () => {
    if (Date.now() - toldAt < 60_000 || !document.getElementById("strip")) return;
    toldAt = Date.now();
    fetch("/here", { method: "GET", headers: { "HX-Request": "true" } });
  }, { passive: true });
}
