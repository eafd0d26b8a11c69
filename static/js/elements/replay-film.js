// <replay-film data-media data-length>: a replay that is watched without being counted, or looked through by who taught it.
// It may be played in any order.

import { FilmControls, partsOf } from "./film-controls.js";
import { FilmSource } from "./study-sources.js";

const ENDED = "播放地址已失效，请刷新页面再看。";
const UNPLAYABLE = "回放加载不出来。请刷新页面再试；如仍不行，请联系培训机构。";

class ReplayFilm extends HTMLElement {
  connectedCallback() {
    if (this.source) return;
    this.parts = partsOf(this);
    this.source = new FilmSource(this.querySelector("video"));
    this.controls = new FilmControls({
      parts: this.parts,
      source: this.source,
      length: Number(this.dataset.length),
      preview: this.querySelector("seek-preview"),
      onToggle: () => (this.source.playing ? this.source.pause() : this.play()),
      onSeek: (position) => this.goTo(position),
    });
    this.source.addEventListener("ended-address", () => this.say(ENDED));
    this.source.addEventListener("unplayable", () => this.say(UNPLAYABLE));
    this.parts.open.addEventListener("click", () => this.play());
    this.parts.open.disabled = false; // rendered disabled: a tap before this script would be lost
  }

  disconnectedCallback() {
    this.source?.pause();
  }

  load() {
    this.loading ??= this.controls.load(JSON.parse(this.dataset.media));
    return this.loading;
  }

  async play() {
    this.parts.cover.hidden = true;
    await this.load();
    await this.source.play();
    this.parts.toggle.focus();
  }

  async goTo(position) {
    this.parts.cover.hidden = true;
    await this.load();
    this.source.seek(Math.max(0, Math.min(this.controls.length, position)));
    this.controls.showPosition();
  }

  say(words) {
    this.parts.notice.textContent = words;
    this.parts.notice.hidden = false;
  }
}

customElements.define("replay-film", ReplayFilm);
