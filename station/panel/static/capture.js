// The capture page: the live view's events, its overlay, and the signature drawn on the screen.

import { isLost } from "./focus.js";

const SVG = "http://www.w3.org/2000/svg";
const MARK_ICONS = { good: "check", low: "warn" };

function setIcon(holder, name) {
  const use = holder.querySelector("use");
  if (use && use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
}

function setMark(element, mark) {
  for (const name of [...element.classList]) if (name.startsWith("is-")) element.classList.remove(name);
  element.classList.add(`is-${mark}`);
}

// A live score moves the bar; a part that was only found leaves the last attempt's result alone.
function showPart(part, tone) {
  if (part.score === null) return tone === "good" ? "good" : tone === "info" ? "now" : "low";
  const mark = part.score >= (part.threshold ?? 0) ? "good" : "low";
  for (const element of document.querySelectorAll(`[data-part="${part.part}"]`)) {
    if (element.classList.contains("is-excepted") || element.classList.contains("is-owed")) continue;
    setMark(element, mark);
    setIcon(element, MARK_ICONS[mark]);
    const score = element.querySelector(".score");
    if (score) score.textContent = part.score;
    element.querySelector(".scorebar-fill")?.setAttribute("width", part.score);
    const tick = element.querySelector(".scorebar-tick");
    if (tick && part.threshold !== null) {
      tick.setAttribute("x", part.threshold);
      tick.setAttribute("width", 1.2);
      element.querySelector(".limit").textContent = `/ ${part.threshold}`;
    }
  }
  return mark;
}

class LiveStage extends HTMLElement {
  connectedCallback() {
    this.attempt = Number(this.dataset.attempt ?? 0); // what the page knew when it was made
    this.source = new EventSource(this.dataset.events);
    this.source.addEventListener("view", (event) => this.show(JSON.parse(event.data)));
    this.source.addEventListener("failed", (event) => this.fail(JSON.parse(event.data).text));
    this.source.addEventListener("over", () => this.source.close());
  }

  disconnectedCallback() { this.source?.close(); }

  show(view) {
    const coach = document.getElementById("coach");
    if (coach) {
      const text = coach.querySelector(".coach-text");
      if (text.textContent !== view.text) text.textContent = view.text;
      setIcon(coach, view.icon);
      coach.className = `coach tone-${view.tone}`;
    }
    this.closest(".stage").dataset.state = view.state;
    this.draw(view.parts.map((part) => ({ ...part, mark: showPart(part, view.tone) })));
    if (view.attempt > this.attempt) {
      this.attempt = view.attempt;
      document.getElementById("side")?.dispatchEvent(new Event("attempt-stored"));
    }
  }

  // The overlay's field is the picture's, so that both are fitted into the stage alike.
  draw(parts) {
    const picture = this.querySelector("img");
    const overlay = this.querySelector(".overlay");
    const [width, height] = [picture.naturalWidth || 4, picture.naturalHeight || 3];
    overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    overlay.replaceChildren(...parts.filter((part) => part.quad.length).map((part) => {
      const polygon = document.createElementNS(SVG, "polygon");
      polygon.setAttribute("points", part.quad.map(([row, col]) => `${col * width},${row * height}`).join(" "));
      polygon.setAttribute("class", `is-${part.mark}`);
      return polygon;
    }));
  }

  fail(text) {
    this.source.close();
    const veil = this.querySelector(".veil");
    veil.querySelector(".veil-text").textContent = text;
    veil.hidden = false;
    const coach = document.getElementById("coach");
    coach.className = "coach tone-bad";
    coach.querySelector(".coach-text").textContent = veil.querySelector(".veil-title").textContent;
    setIcon(coach, "warn");
    if (isLost() || document.activeElement.matches("[data-key=capture]")) veil.querySelector("a")?.focus();
  }
}
customElements.define("live-stage", LiveStage);

const INK_INTERVAL_S = 1 / 60; // what the station expects of a screen (ink.py)

class InkPad extends HTMLElement {
  connectedCallback() {
    this.strokes = [];
    this.canvas = this.querySelector("canvas");
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this);
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, (event) => this.end(event));
    document.querySelector("[data-clear-ink]")?.addEventListener("click", () => this.clear());
    document.getElementById("ink-form")?.addEventListener("submit", () => this.send());
  }

  disconnectedCallback() { this.watcher.disconnect(); }

  fit() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.clientWidth * ratio);
    this.canvas.height = Math.round(this.clientHeight * ratio);
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(ratio, ratio);
    Object.assign(this.pen, { lineCap: "round", lineJoin: "round", strokeStyle: "#10243f" });
    for (const stroke of this.strokes) for (let index = 1; index < stroke.length; index += 1) this.line(stroke[index - 1], stroke[index]);
  }

  // CSS defines a pixel as 1/96 inch; what the screen really measures is not known to a page.
  sample(event) {
    this.startedAt ??= event.timeStamp;
    const box = this.canvas.getBoundingClientRect();
    const pressure = event.pointerType === "mouse" ? 0.5 : event.pressure;
    return { x: event.clientX - box.left, y: event.clientY - box.top, pressure, time_s: (event.timeStamp - this.startedAt) / 1000 };
  }

  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.sample(event)];
    this.strokes.push(this.stroke);
    this.querySelector(".hint").hidden = true;
    document.querySelector("#ink-form button").disabled = false;
  }

  move(event) {
    if (!this.stroke) return;
    for (const moment of event.getCoalescedEvents?.() ?? [event]) {
      const sample = this.sample(moment);
      this.hold(sample.time_s);
      this.line(this.stroke.at(-1), sample);
      this.stroke.push(sample);
    }
  }

  end(event) {
    if (!this.stroke) return;
    this.hold(this.sample(event).time_s);
    this.stroke = null;
  }

  // A browser tells of movement only; a pen that rests is no gap in the samples.
  hold(until_s) {
    const last = this.stroke.at(-1);
    for (let time_s = last.time_s + INK_INTERVAL_S; time_s < until_s; time_s += INK_INTERVAL_S) this.stroke.push({ ...last, time_s });
  }

  line(from, to) {
    this.pen.lineWidth = 1.5 + 2.5 * to.pressure;
    this.pen.beginPath();
    this.pen.moveTo(from.x, from.y);
    this.pen.lineTo(to.x, to.y);
    this.pen.stroke();
  }

  clear() {
    this.strokes = [];
    this.startedAt = undefined;
    this.querySelector(".hint").hidden = false;
    document.querySelector("#ink-form button").disabled = true;
    this.fit();
  }

  send() {
    const mm = 25.4 / 96;
    const form = document.getElementById("ink-form");
    const samples = (stroke) => stroke.map(({ x, y, pressure, time_s }) => [x * mm, y * mm, pressure, time_s].map((value) => Number(value.toFixed(4))));
    form.elements.strokes.value = JSON.stringify(this.strokes.map(samples));
    form.elements.geometry.value = JSON.stringify([this.clientWidth * mm, this.clientHeight * mm]);
  }
}
customElements.define("ink-pad", InkPad);
