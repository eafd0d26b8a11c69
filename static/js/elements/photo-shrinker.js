// Makes a photo smaller before it is sent: cheap phones on slow lines. The picture is turned the way its EXIF says, since
// the smaller one has no EXIF. Whatever fails, the file that was chosen is sent as it is.

import { jpegName, shrunkTo } from "../kernel/pictures.js";

const QUALITY = 0.85;

class PhotoShrinker extends HTMLElement {
  connectedCallback() {
    this.most = Number(this.dataset.most) || 1600;
    this.input = this.querySelector("input[type=file]");
    this.form = this.closest("form");
    this.input?.addEventListener("change", () => (this.work = this.shrink()));
    this.form?.addEventListener("submit", (event) => this.hold(event));
  }

  // Who sends before the picture is ready waits for it.
  async hold(event) {
    if (!this.work) return;
    event.preventDefault();
    await this.work;
    this.work = null;
    this.form.requestSubmit(event.submitter);
  }

  async shrink() {
    const [file] = this.input.files;
    if (!file) return;
    try {
      const smaller = await this.smaller(file);
      if (!smaller || smaller.size >= file.size || this.input.files[0] !== file) return;
      const carrier = new DataTransfer();
      carrier.items.add(new File([smaller], jpegName(file.name), { type: "image/jpeg" }));
      this.input.files = carrier.files;
    } catch {
      // an old browser, or no picture at all: the server says what is wrong with it
    }
  }

  async smaller(file) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    try {
      const size = shrunkTo(bitmap.width, bitmap.height, this.most);
      if (!size) return null;
      const canvas = Object.assign(document.createElement("canvas"), size);
      canvas.getContext("2d").drawImage(bitmap, 0, 0, size.width, size.height);
      return await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    } finally {
      bitmap.close();
    }
  }
}

customElements.define("photo-shrinker", PhotoShrinker);
