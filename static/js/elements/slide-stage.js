// A page of slides in its frame, with the pointer on it. Not an element: live-slides and slide-desk each have some.

import { altWords, contained, frameRatio, pointAt, slideAddress, spotAt } from "../kernel/slides.js";
import { make } from "./room-parts.js";

const AGAIN_MS = 3000;

export class SlideStage {
  constructor(root, session) {
    Object.assign(this, { root, session, slide: null });
    this.image = make("img", "slide-page");
    this.image.alt = "";
    this.image.draggable = false;
    this.spot = make("span", "slide-spot");
    this.spot.hidden = true;
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.failed());
    new ResizeObserver(() => this.place()).observe(root);
    root.append(this.image, this.spot);
  }

  // Shows a page, or none; the picture is fetched once for each.
  show(slide) {
    const address = slide ? slideAddress(this.session, slide) : "";
    if (address !== this.address) {
      this.address = address;
      clearTimeout(this.again);
      if (address) this.image.src = address;
      else this.image.removeAttribute("src");
    }
    this.slide = slide;
    this.image.hidden = !slide;
    if (slide) this.image.alt = altWords(slide);
    this.place();
  }

  loaded() {
    this.root.style.aspectRatio = String(frameRatio(this.image.naturalWidth, this.image.naturalHeight));
    this.place();
  }

  // A line that was away for a moment must not leave the class before an empty frame.
  failed() {
    const { address } = this;
    this.again = setTimeout(() => {
      if (address && address === this.address) this.image.src = `${address}?${Date.now()}`;
    }, AGAIN_MS);
  }

  get area() {
    const { width, height } = this.root.getBoundingClientRect();
    return contained({ width, height }, { width: this.image.naturalWidth, height: this.image.naturalHeight });
  }

  place() {
    const spot = this.slide?.spot;
    this.spot.hidden = !spot;
    if (!spot) return;
    const { x, y } = pointAt(this.area, spot);
    this.spot.style.left = `${x}px`;
    this.spot.style.top = `${y}px`;
  }

  // The place on the page under a pointer, or nothing.
  under({ clientX, clientY }) {
    const { left, top } = this.root.getBoundingClientRect();
    return spotAt(this.area, clientX - left, clientY - top);
  }
}
