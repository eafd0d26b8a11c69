// Asks how far a background job is and says it; reloads the page's part when it is done.

const EVERY = 1500;

class JobProgress extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector("progress");
    this.words = this.querySelector("[data-words]");
    this.timer = setInterval(() => this.ask(), EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    const answer = await fetch(this.dataset.href, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const job = await answer.json();
    if (this.bar) this.bar.value = job.progress_percent;
    if (this.words) this.words.textContent = job.error || `${job.state_name} ${job.progress_percent}%`;
    if (job.state === "done" || job.state === "failed") {
      clearInterval(this.timer);
      if (this.dataset.then === "reload") window.location.reload();
    }
  }
}

customElements.define("job-progress", JobProgress);
