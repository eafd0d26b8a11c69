// <live-captions>: what who teaches types, under the picture and in step with it, for all who want it.

import { CaptionVoice } from "../kernel/captions.js";
import { SlideTrack } from "../kernel/slides.js";
import { write } from "./room-parts.js";

const KEY = "live-captions";
const SHOWN_MS = 20000;

class LiveCaptions extends HTMLElement {
  connectedCallback() {
    if (this.track) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-caption]")].map((node) => [node.dataset.caption, node]));
    this.track = new SlideTrack(); // lines wait for the picture as pages do
    this.voice = new CaptionVoice();
    this.isOn = this.stored() !== "off";
    this.parts.switch.addEventListener("click", () => this.turn());
    this.heard = ({ detail }) => this.hear(detail);
    document.addEventListener("room-shown", this.heard);
    this.timer = setInterval(() => this.show(), 500);
    this.mark();
  }

  disconnectedCallback() {
    document.removeEventListener("room-shown", this.heard);
    clearInterval(this.timer);
  }

  stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // no storage: captions are on
    }
  }

  turn() {
    this.isOn = !this.isOn;
    try {
      localStorage.setItem(KEY, this.isOn ? "on" : "off");
    } catch {
      // it holds for this page
    }
    this.mark();
    this.show();
  }

  mark() {
    this.parts.switch.setAttribute("aria-pressed", String(this.isOn));
    write(this.parts.switch, this.isOn ? "字幕：开" : "字幕：关");
  }

  hear({ version, captions }) {
    if (version === 0) return; // nothing is known yet
    this.track.put(captions, performance.now(), document.querySelector("live-viewer")?.behindMs ?? 0);
    this.show();
  }

  show() {
    const now = performance.now();
    const lines = this.track.at(now) ?? [];
    if (lines !== this.lines) {
      this.lines = lines;
      this.since = now;
      this.voice.hear(lines);
    }
    this.hidden = lines.length === 0;
    const isOld = now - this.since > SHOWN_MS;
    write(this.parts.lines, this.isOn && !isOld ? lines.map(({ text }) => text).join("\n") : "");
    const words = this.voice.words(now);
    if (words && this.isOn) write(this.parts.said, words);
  }
}

customElements.define("live-captions", LiveCaptions);
