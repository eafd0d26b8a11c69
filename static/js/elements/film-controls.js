// The screen of a film (learner/screen.html): its buttons, its bar, its qualities. Whoever owns the film decides what a
// press means: how far it may go, whether it may play.

import { clockFace } from "../kernel/words.js";
import { QualityChoice } from "./study-quality.js";
import { RateChoice } from "./study-rate.js";

const OWNERS = "study-player, study-film, replay-film";

// The parts of an element, but not those of a film inside it.
export function partsOf(owner) {
  const own = [...owner.querySelectorAll("[data-part]")].filter((part) => part.closest(OWNERS) === owner);
  return Object.fromEntries(own.map((part) => [part.dataset.part, part]));
}

export class FilmControls {
  constructor({ parts, source, length, preview, onToggle, onSeek, fastest = 1 }) {
    Object.assign(this, { parts, source, length, preview, onSeek });
    this.quality = new QualityChoice(parts.quality, source);
    this.rate = new RateChoice(parts.rate, source, fastest);
    parts.toggle.addEventListener("click", onToggle);
    parts.back.addEventListener("click", () => this.onSeek(source.position - 10000));
    parts.seek.addEventListener("input", () => this.onSeek(Number(parts.seek.value)));
    parts.captions.addEventListener("click", () => this.toggleCaptions());
    parts.full.addEventListener("click", () => this.fullScreen());
    for (const name of ["play", "pause", "ended", "playing", "waiting"]) source.addEventListener(name, () => this.showState());
    source.addEventListener("timeupdate", () => this.showPosition());
  }

  async load(media) {
    await this.source.load(media, this.quality.offer(media));
    this.quality.show();
    await customElements.whenDefined("seek-preview");
    this.preview.show({ storyboard: media.storyboard, length: this.length, bar: this.parts.seek });
  }

  showState() {
    const { toggle } = this.parts;
    toggle.setAttribute("aria-label", this.source.playing ? "暂停" : "播放");
    toggle.classList.toggle("is-playing", this.source.playing);
  }

  showPosition() {
    const { seek, time } = this.parts;
    const position = Math.min(this.source.position, this.length);
    time.textContent = `${clockFace(position)} / ${clockFace(this.length)}`;
    seek.value = String(Math.round(position));
    seek.setAttribute("aria-valuetext", `${clockFace(position)}，共 ${clockFace(this.length)}`);
  }

  toggleCaptions() {
    const tracks = [...this.source.video.textTracks];
    const shown = tracks.some((track) => track.mode === "showing");
    tracks.forEach((track) => {
      track.mode = shown ? "disabled" : "showing";
    });
    this.parts.captions.setAttribute("aria-pressed", String(!shown));
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.parts.screen.requestFullscreen) this.parts.screen.requestFullscreen();
    else this.source.video.webkitEnterFullscreen?.();
  }
}
