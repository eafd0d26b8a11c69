// <study-transcript>: the text of a film beside it. Lines become buttons that seek, the one that is heard stands out, words
// are found and counted; arrow keys go from line to line. Without this script it is a text with times.

import { hitsOf, placeAt } from "../kernel/cues.js";

const REST_MS = 4000;

class StudyTranscript extends HTMLElement {
  connectedCallback() {
    const place = this.closest("[data-film]"); // a film in a text has its words beside it
    this.player = place ? this.closest("study-film") : document.querySelector("study-player");
    this.film = (place ?? document).querySelector("video");
    this.tools = this.querySelector("[data-part=tools]");
    this.field = this.querySelector("[type=search]");
    this.count = this.querySelector("[data-part=count]");
    this.scroller = this.querySelector("[data-part=lines]");
    this.take();
    this.tools.hidden = false;
    this.field.addEventListener("input", () => this.search());
    this.field.addEventListener("keydown", (event) => this.typed(event));
    this.addEventListener("click", (event) => this.pressed(event));
    this.querySelector("select")?.addEventListener("change", (event) => this.change(event.target.value));
    this.scroller.addEventListener("keydown", (event) => this.steered(event));
    for (const name of ["wheel", "touchmove", "keydown"]) {
      this.scroller.addEventListener(name, () => (this.restUntil = performance.now() + REST_MS), { passive: true });
    }
    this.follow = () => this.followFilm();
    this.film?.addEventListener("timeupdate", this.follow);
  }

  disconnectedCallback() {
    this.film?.removeEventListener("timeupdate", this.follow);
  }

  // What the server sent as text becomes buttons.
  take() {
    this.lines = [...this.scroller.querySelectorAll("[data-start]")];
    this.cues = this.lines.map((line) => ({ start: Number(line.dataset.start) }));
    this.texts = this.lines.map((line) => line.querySelector("[data-text]").textContent);
    for (const line of this.lines) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.append(...line.childNodes);
      line.append(button);
    }
    this.scroller.classList.add("is-live");
    this.scroller.tabIndex = -1; // its lines are gone through by the arrow keys: hundreds of them are one stop of the Tab key
    this.stop = null;
    this.stopAt(this.lines[0]);
    this.shown = -1;
    this.hits = [];
  }

  stopAt(line) {
    if (!line) return;
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = line.querySelector("button");
    this.stop.tabIndex = 0;
  }

  steered(event) {
    const place = this.lines.indexOf(event.target.closest("[data-start]"));
    const last = this.lines.length - 1;
    const to = { ArrowDown: Math.min(place + 1, last), ArrowUp: Math.max(place - 1, 0), Home: 0, End: last }[event.key];
    if (place < 0 || to === undefined) return;
    event.preventDefault();
    this.stopAt(this.lines[to]);
    this.stop.focus();
  }

  pressed(event) {
    const step = event.target.closest("[data-step]");
    if (step) {
      this.go(Number(step.dataset.step));
      return;
    }
    const line = event.target.closest("[data-start]");
    if (line) this.seek(Number(line.dataset.start));
  }

  seek(position) {
    if (this.player) this.player.goTo(position);
    else if (this.film) this.film.currentTime = position / 1000;
  }

  followFilm() {
    const place = placeAt(this.cues, this.film.currentTime * 1000);
    if (place === this.shown) return;
    this.lines[this.shown]?.removeAttribute("aria-current");
    this.shown = place;
    this.lines[place]?.setAttribute("aria-current", "true");
    if (!this.scroller.contains(document.activeElement)) this.stopAt(this.lines[place]);
    const isResting = performance.now() < (this.restUntil ?? 0) || this.hits.length > 0;
    if (place >= 0 && !isResting) this.bring(this.lines[place]);
  }

  // Only the list moves, never the page.
  bring(line) {
    const { scroller } = this;
    const top = line.offsetTop - scroller.offsetTop;
    const isSeen = top >= scroller.scrollTop && top + line.offsetHeight <= scroller.scrollTop + scroller.clientHeight;
    if (!isSeen) scroller.scrollTop = top - scroller.clientHeight / 3;
  }

  typed(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.go(event.shiftKey ? -1 : 1);
  }

  search() {
    this.hits = hitsOf(this.texts, this.field.value);
    this.hit = this.hits.length ? 0 : -1;
    this.mark();
    this.tell();
  }

  go(step) {
    if (this.hits.length === 0) return;
    this.hit = (this.hit + step + this.hits.length) % this.hits.length;
    this.mark();
    this.tell();
  }

  mark() {
    this.lines.forEach((line, place) => {
      const words = line.querySelector("[data-text]");
      words.replaceChildren(...this.pieces(place));
    });
    if (this.hit >= 0) this.bring(this.lines[this.hits[this.hit].cue]);
  }

  pieces(place) {
    const text = this.texts[place];
    const pieces = [];
    let at = 0;
    this.hits.forEach((hit, number) => {
      if (hit.cue !== place) return;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(hit.from, hit.to);
      if (number === this.hit) mark.className = "is-hit";
      pieces.push(text.slice(at, hit.from), mark);
      at = hit.to;
    });
    return [...pieces, text.slice(at)];
  }

  tell() {
    const isAsked = this.field.value.trim() !== "";
    const found = this.hits.length ? `第 ${this.hit + 1} 处，共 ${this.hits.length} 处` : "没有找到";
    this.count.textContent = isAsked ? found : "";
    for (const button of this.querySelectorAll("[data-step]")) button.disabled = this.hits.length === 0;
  }

  // Another language is the same page with another text.
  async change(language) {
    const address = new URL(window.location.href);
    address.searchParams.set("transcript", language);
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok) {
      this.count.textContent = "换不了语言，请检查网络后重试。";
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const place = this.closest("[data-film]");
    const lines = page.querySelector(`${place ? `[data-film="${place.dataset.film}"] ` : ""}study-transcript [data-part=lines]`);
    if (!lines) return;
    this.scroller.replaceChildren(...lines.childNodes);
    this.take();
    this.search();
    if (this.film) this.followFilm();
  }
}

customElements.define("study-transcript", StudyTranscript);
