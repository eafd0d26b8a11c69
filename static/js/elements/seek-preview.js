// <seek-preview>: over the position bar, what the film shows at the place that is pointed at. A convenience for a mouse.

import { clockFace } from "../kernel/words.js";
import { tileAt, tilesOf } from "../kernel/storyboard.js";

class SeekPreview extends HTMLElement {
  async show({ storyboard, length, bar }) {
    this.hidden = true;
    if (!storyboard || !matchMedia("(hover:hover)").matches) return;
    const answer = await fetch(storyboard).catch(() => null);
    this.tiles = answer?.ok ? tilesOf(await answer.text()) : [];
    this.picture = new URL("storyboard.jpg", new URL(storyboard, location.href)).href;
    this.length = length;
    if (this.bar === bar) return;
    this.bar = bar;
    bar.addEventListener("pointermove", (event) => this.point(event));
    bar.addEventListener("pointerleave", () => {
      this.hidden = true;
    });
  }

  point(event) {
    const { left, width } = this.bar.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    const tile = tileAt(this.tiles, share * this.length);
    this.hidden = !tile;
    if (!tile) return;
    const picture = this.firstElementChild;
    picture.style.width = `${tile.width}px`;
    picture.style.height = `${tile.height}px`;
    picture.style.background = `url("${this.picture}") -${tile.x}px -${tile.y}px no-repeat`;
    this.lastElementChild.textContent = clockFace(share * this.length);
    this.style.left = `${Math.min(width - tile.width, Math.max(0, share * width - tile.width / 2))}px`;
  }
}

customElements.define("seek-preview", SeekPreview);
