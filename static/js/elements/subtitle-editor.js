// <subtitle-editor>: a form of cues beside its film. The form works without this; here rows change in place, times come
// from the film, and keys do what the buttons do. The server checks and keeps everything.

import { cutOf, placeAt, readTime, stamp } from "../kernel/cues.js";

const NEW_MS = 3000;
const BACK_SECONDS = 2;
const KEYS = { KeyK: "toggle", KeyJ: "back", KeyS: "start", KeyE: "end", KeyN: "add", KeyX: "split" };

class SubtitleEditor extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".cue-list");
    this.form = this.querySelector("form");
    this.film = this.querySelector("video");
    this.said = this.querySelector("[data-said]");
    if (this.film) this.querySelectorAll("[data-with-script]").forEach((part) => (part.hidden = false));
    this.list.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("keydown", (event) => this.typed(event));
    this.form.addEventListener("input", () => (this.isChanged = true));
    this.form.addEventListener("submit", () => (this.isChanged = false));
    this.film?.addEventListener("timeupdate", () => this.follow());
    this.leaving = (event) => this.isChanged && event.preventDefault();
    window.addEventListener("beforeunload", this.leaving);
    document.getElementById("refusal")?.focus();
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.leaving);
  }

  get rows() {
    return [...this.list.querySelectorAll(".cue")];
  }

  at(row, name) {
    return row.querySelector(`[name=${name}]`);
  }

  pressed(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    this.act(button.dataset.do, button.closest(".cue"));
  }

  typed(event) {
    const deed = event.altKey && !event.ctrlKey && !event.metaKey ? KEYS[event.code] : undefined;
    if (!deed) return;
    event.preventDefault();
    if (deed === "toggle") this.toggle();
    else if (deed === "back") this.back();
    else {
      const row = event.target.closest(".cue") ?? this.rows[this.shown ?? 0];
      if (row) this.act(deed, row);
    }
  }

  toggle() {
    if (!this.film) return;
    if (this.film.paused) this.film.play();
    else this.film.pause();
  }

  back() {
    if (this.film) this.film.currentTime = Math.max(0, this.film.currentTime - BACK_SECONDS);
  }

  act(deed, row) {
    if (deed === "play") return this.play(row);
    this.isChanged = true;
    if (deed === "start" || deed === "end") return this.setTime(row, deed);
    if (deed === "add") return this.add(row);
    if (deed === "split") return this.split(row);
    return this.remove(row);
  }

  play(row) {
    const start = readTime(this.at(row, "start").value);
    if (start === null || !this.film) return;
    this.film.currentTime = start / 1000;
    this.film.play();
  }

  setTime(row, name) {
    if (!this.film) return;
    const time = stamp(this.film.currentTime * 1000);
    this.at(row, name).value = time;
    this.say(`${name === "start" ? "开始" : "结束"}时间已设为 ${time}`);
  }

  copyOf(row, values) {
    const made = row.cloneNode(true);
    made.querySelectorAll(".cue-error").forEach((error) => error.remove());
    for (const name of ["start", "end", "text"]) {
      const part = this.at(made, name);
      part.removeAttribute("aria-invalid");
      part.removeAttribute("aria-describedby");
      part.value = values[name];
    }
    return made;
  }

  add(row) {
    const start = readTime(this.at(row, "end").value) ?? 0;
    const made = this.copyOf(row, { start: stamp(start), end: stamp(start + NEW_MS), text: "" });
    row.after(made);
    this.renumber();
    this.at(made, "text").focus();
    this.say("已在下方添加一条");
  }

  // At the cursor if it stands within the text, and at the film's time if it stands within the cue.
  split(row) {
    const [start, end] = ["start", "end"].map((name) => readTime(this.at(row, name).value));
    if (start === null || end === null || end - start < 2) {
      this.say("这一条的时间读不懂或太短，不能拆分");
      return;
    }
    const text = this.at(row, "text");
    const now = this.film ? Math.round(this.film.currentTime * 1000) : 0;
    const middle = now > start && now < end ? now : Math.floor((start + end) / 2);
    const cursor = document.activeElement === text ? text.selectionStart : 0;
    const cut = cursor > 0 && cursor < text.value.length ? cursor : cutOf(text.value);
    const made = this.copyOf(row, { start: stamp(middle), end: stamp(end), text: text.value.slice(cut).trim() });
    text.value = text.value.slice(0, cut).trim();
    this.at(row, "end").value = stamp(middle);
    row.after(made);
    this.renumber();
    this.at(made, "text").focus();
    this.say("已拆成两条");
  }

  remove(row) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    if (!neighbour) {
      this.say("至少要保留一条");
      return;
    }
    row.remove();
    this.renumber();
    this.at(neighbour, "text").focus();
    this.say("已删除一条");
  }

  renumber() {
    this.rows.forEach((row, place) => {
      row.id = `cue-${place + 1}`;
      for (const button of row.querySelectorAll("[name=step]")) button.value = `${button.dataset.do}-${place + 1}`;
    });
  }

  // The row that is being heard stands out.
  follow() {
    const rows = this.rows;
    const cues = rows.map((row) => ({ start: readTime(this.at(row, "start").value) ?? 0 }));
    const place = placeAt(cues, this.film.currentTime * 1000);
    if (place === this.shown) return;
    this.shown = place;
    rows.forEach((row, n) => row.classList.toggle("is-heard", n === place));
  }

  say(words) {
    this.said.textContent = words;
  }
}

customElements.define("subtitle-editor", SubtitleEditor);
