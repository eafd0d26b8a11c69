// <study-film>: a film inside a text under study. It earns nothing of its own: the session, the addresses and the time are the
// text's, which is read while the film plays. It may be played in any order.

import { FilmControls, partsOf } from "./film-controls.js";
import { FilmSource } from "./study-sources.js";

const NOT_BEGUN = "请先点“开始学习”，再播放这段视频。";

class StudyFilm extends HTMLElement {
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
    this.parts.open.addEventListener("click", () => this.open());
    this.parts.open.disabled = false; // rendered disabled: a tap before this script would be lost
  }

  // A session has begun: from now on the film may be fetched, and is when somebody plays it.
  offer(media) {
    this.media = media;
    this.isLoaded = false;
    this.source.video.poster = media.poster;
    this.parts.cover.hidden = true;
  }

  // The session has ended, its addresses with it. Where the film stands is kept.
  withdraw() {
    this.source.pause();
    this.place = this.source.position;
    this.media = null;
    this.parts.cover.hidden = false;
  }

  async open() {
    await this.player.start();
    if (this.media) await this.play();
  }

  get player() {
    return this.closest("study-player");
  }

  async load() {
    if (!this.media || this.isLoaded) return;
    this.isLoaded = true;
    await this.controls.load(this.media);
    if (this.place) this.source.seek(this.place);
  }

  async play() {
    if (!this.media) return this.open();
    await this.load();
    return this.source.play();
  }

  async goTo(position) {
    if (!this.media) {
      this.player.notice(NOT_BEGUN);
      return;
    }
    await this.load();
    this.source.seek(Math.max(0, Math.min(this.controls.length, position)));
    this.controls.showPosition();
  }
}

customElements.define("study-film", StudyFilm);
