// <live-countdown>: counts down to a live lesson by the server's clock, and loads the page anew when its door opens,
// when it begins, and now and then while its teacher is awaited.

import { ServerClock, waitWords } from "../kernel/countdown.js";

const LOOK_AGAIN_MS = 10000;
const SPREAD_MS = 5000;

class LiveCountdown extends HTMLElement {
  connectedCallback() {
    if (this.clock) return;
    const { starts, opens, now } = this.dataset;
    this.startsAt = Date.parse(starts);
    this.opensAt = Date.parse(opens);
    this.clock = new ServerClock(Date.parse(now), () => performance.now());
    this.isOpen = Date.parse(now) >= this.opensAt;
    this.lookAt = this.isOpen ? this.clock.now() + this.pause() : this.opensAt + Math.random() * SPREAD_MS;
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  pause() {
    return LOOK_AGAIN_MS + Math.random() * SPREAD_MS;
  }

  show() {
    const left = this.startsAt - this.clock.now();
    this.querySelector("[data-count]").textContent = left > 0 ? waitWords(left) : "已到开始时间，等待教师开播";
    if (document.querySelector("live-room")?.keepsPage) this.lookAt = this.clock.now() + Math.random() * SPREAD_MS;
    if (this.clock.now() < this.lookAt || document.hidden || !navigator.onLine) return;
    clearInterval(this.timer);
    window.location.reload();
  }
}

customElements.define("live-countdown", LiveCountdown);
