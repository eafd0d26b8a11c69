// <replay-room>: beside a replay its chapters, which seek, and what was said then: each line comes when the film is there.
// Without this script everything that was said stands there at once.

import { placeAt } from "../kernel/cues.js";

class ReplayRoom extends HTMLElement {
  connectedCallback() {
    this.player = document.querySelector("study-player, replay-film");
    this.film = this.player?.querySelector("video");
    this.log = this.querySelector("[data-part=log]");
    this.lines = this.placed("[data-at]");
    this.chapters = this.placed("[data-go]");
    this.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("voice-plays", () => this.film?.pause()); // two voices at once are none
    this.follow = () => this.show();
    for (const name of ["timeupdate", "seeked"]) this.film?.addEventListener(name, this.follow);
    this.show();
  }

  disconnectedCallback() {
    for (const name of ["timeupdate", "seeked"]) this.film?.removeEventListener(name, this.follow);
  }

  placed(selector) {
    return [...this.querySelectorAll(selector)].map((node) => ({ node, start: Number(node.dataset.at ?? node.dataset.go) }));
  }

  pressed(event) {
    const chapter = event.target.closest("[data-go]");
    if (chapter) this.player?.goTo(Number(chapter.dataset.go));
  }

  show() {
    const position = (this.film?.currentTime ?? 0) * 1000;
    this.mark(placeAt(this.chapters, position));
    const last = placeAt(this.lines, position);
    if (last === this.last) return;
    this.last = last;
    this.lines.forEach(({ node }, place) => {
      node.hidden = place > last;
    });
    this.querySelector("[data-part=quiet]").hidden = last >= 0;
    this.log.scrollTop = this.log.scrollHeight;
  }

  mark(chapter) {
    if (chapter === this.chapter) return;
    this.chapters[this.chapter]?.node.removeAttribute("aria-current");
    this.chapter = chapter;
    this.chapters[chapter]?.node.setAttribute("aria-current", "true");
  }
}

customElements.define("replay-room", ReplayRoom);
