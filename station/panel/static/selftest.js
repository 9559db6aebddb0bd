// The page of a run: asks for the progress anew whenever the station says that it changed.

import { focusPrimary, isLost } from "./focus.js";

const run = document.getElementById("run");

class RunWatch extends HTMLElement {
  connectedCallback() {
    this.source = new EventSource(this.dataset.events);
    this.source.addEventListener("changed", () => this.refresh());
    this.source.addEventListener("over", () => { this.source.close(); this.refresh(); });
  }

  disconnectedCallback() { this.source?.close(); }

  refresh() { run.dispatchEvent(new Event("run-changed")); }
}
customElements.define("run-watch", RunWatch);

// A new question takes the focus only from nobody: Enter then answers it.
let asked = run.querySelector("[data-question]")?.dataset.question;
document.addEventListener("htmx:after:swap", () => {
  const question = run.querySelector("[data-question]")?.dataset.question;
  if (question !== asked && isLost()) focusPrimary();
  asked = question;
});
