// <replay-slides>: beside a replay the page of slides that stood then, and every turn as a place to jump to.
// Without this script the turns stand there as a list.

import { placeAt } from "../kernel/cues.js";
import { placeWords } from "../kernel/slides.js";
import { write } from "./room-parts.js";
import { SlideStage } from "./slide-stage.js";

const NONE = "这时没有展示课件。";

class ReplaySlides extends HTMLElement {
  connectedCallback() {
    if (this.pages) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-slide]")].map((node) => [node.dataset.slide, node]));
    this.player = document.querySelector("study-player, replay-film");
    this.film = this.player?.querySelector("video");
    this.stages = ["stage", "large"].map((part) => new SlideStage(this.parts[part], this.dataset.session));
    this.pages = [...this.querySelectorAll("[data-go]")].map((node) => ({ node, start: Number(node.dataset.go), slide: slideOf(node) }));
    this.addEventListener("click", ({ target }) => {
      const turn = target.closest("[data-go]");
      if (turn) this.player?.goTo(Number(turn.dataset.go));
    });
    this.parts.enlarge.addEventListener("click", () => this.parts.big.showModal());
    this.follow = () => this.show();
    for (const name of ["timeupdate", "seeked"]) this.film?.addEventListener(name, this.follow);
    this.show();
  }

  disconnectedCallback() {
    for (const name of ["timeupdate", "seeked"]) this.film?.removeEventListener(name, this.follow);
  }

  show() {
    const place = placeAt(this.pages, (this.film?.currentTime ?? 0) * 1000);
    if (place === this.place) return;
    this.pages[this.place]?.node.removeAttribute("aria-current");
    this.place = place;
    this.pages[place]?.node.setAttribute("aria-current", "true");
    const slide = this.pages[place]?.slide ?? null;
    for (const stage of this.stages) stage.show(slide);
    this.parts.enlarge.hidden = !slide;
    if (!slide) this.parts.big.close();
    for (const name of ["place", "largePlace"]) write(this.parts[name], slide ? placeWords(slide) : NONE);
  }
}

function slideOf({ dataset }) {
  const page = Number(dataset.page);
  return page > 0 ? { deck: dataset.deck, name: dataset.name, page, page_count: Number(dataset.pages), spot: null } : null;
}

customElements.define("replay-slides", ReplaySlides);
