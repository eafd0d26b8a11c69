// The board on the wall: a code that does not change any more is taken down, and the teacher reads why.

class PracticeBoard extends HTMLElement {
  connectedCallback() {
    this.shown = this.querySelector(".signboard-code");
    this.words = this.querySelector("[data-stopped]");
    this.addEventListener("htmx:beforeSwap", (event) => this.hear(event));
    for (const name of ["htmx:sendError", "htmx:timeout"]) this.addEventListener(name, () => this.stop("net"));
  }

  hear(event) {
    const { xhr } = event.detail;
    if (xhr.status !== 200 || !new URL(xhr.responseURL).pathname.endsWith("/code/")) {
      event.detail.shouldSwap = false;
      this.stop(xhr.status >= 500 ? "net" : "out");
      return;
    }
    this.shown.hidden = false;
    this.words.textContent = "";
  }

  stop(why) {
    this.shown.hidden = true;
    this.words.textContent = this.words.dataset[why];
  }
}

customElements.define("practice-board", PracticeBoard);
