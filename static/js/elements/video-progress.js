// <video-progress data-url>: shows how far a video is, and loads the page anew when it is done.
// With data-stay it only says so: the page holds a form that somebody is filling in.
const EVERY_MS = 2000;

class VideoProgress extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.ask(), EVERY_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    const answer = await fetch(this.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const { is_waiting: isWaiting, percent, state, error } = await answer.json();
    if (!isWaiting) {
      clearInterval(this.timer);
      if ("stay" in this.dataset) this.say(100, error ? `${state}：${error}` : state);
      else location.reload();
      return;
    }
    this.say(percent, `${state} ${percent}%`);
  }

  say(percent, words) {
    this.querySelector("progress").value = percent;
    this.querySelector("[data-state]").textContent = words;
  }
}

customElements.define("video-progress", VideoProgress);
