// <live-slides>: the page that the teacher shows, beside the picture and in step with it: large, small, or over the whole screen.

import { placeWords, slideAddress, SlideTrack } from "../kernel/slides.js";
import { write } from "./room-parts.js";
import { SlideStage } from "./slide-stage.js";

const WORDLESS = "这一页没有可读取的文字，可能是图片。";

class LiveSlides extends HTMLElement {
  connectedCallback() {
    if (this.track) return;
    const { session } = this.dataset;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-slide]")].map((node) => [node.dataset.slide, node]));
    this.track = new SlideTrack();
    this.stage = new SlideStage(this.parts.stage, session);
    this.large = new SlideStage(this.parts.large, session);
    this.parts.swap.addEventListener("click", () => this.swap());
    this.parts.enlarge.addEventListener("click", () => this.parts.big.showModal());
    this.heard = ({ detail }) => this.hear(detail);
    document.addEventListener("room-shown", this.heard);
    const model = document.querySelector("live-room")?.model;
    if (model) this.hear(model);
  }

  disconnectedCallback() {
    document.removeEventListener("room-shown", this.heard);
    clearTimeout(this.timer);
  }

  get viewer() {
    return this.querySelector("live-viewer");
  }

  hear({ version, slide, room }) {
    if (version === 0) return; // nothing is known yet
    if (room.emphasis !== this.told) {
      this.told = room.emphasis;
      this.own = null; // the teacher's word is newer than one's own choice
    }
    this.track.put(slide, performance.now(), this.viewer?.behindMs ?? 0);
    this.fetch(slide);
    this.show();
  }

  // A page is fetched before it is due.
  fetch(slide) {
    const address = slide ? slideAddress(this.dataset.session, slide) : this.fetched;
    if (address === this.fetched) return;
    this.fetched = address;
    new Image().src = address;
  }

  swap() {
    this.own = this.emphasis === "slides" ? "picture" : "slides";
    this.show();
  }

  get emphasis() {
    return this.viewer ? (this.own ?? this.told) : "slides";
  }

  show() {
    clearTimeout(this.timer);
    const now = performance.now();
    const slide = this.track.at(now);
    const wait = this.track.wait(now);
    if (wait !== null) this.timer = setTimeout(() => this.show(), wait);
    this.showPage(slide);
  }

  showPage(slide) {
    const { parts } = this;
    this.dataset.emphasis = slide ? this.emphasis : "none";
    parts.figure.hidden = !slide;
    this.stage.show(slide);
    this.large.show(slide);
    if (!slide) {
      parts.big.close();
      return;
    }
    for (const name of ["place", "largePlace"]) write(parts[name], placeWords(slide));
    write(parts.words, slide.text || WORDLESS);
    parts.swap.hidden = !this.viewer;
    write(parts.swap, this.emphasis === "slides" ? "看大画面" : "看大课件");
  }
}

customElements.define("live-slides", LiveSlides);
