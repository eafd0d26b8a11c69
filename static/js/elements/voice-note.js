// <voice-note>: a voice message with its length, played and stopped by one button. Of all on a page one plays at a time.
// Without this script there is a link to the sound.

let playing = null;

// Returns the element of a voice message as the API gives it.
export function voiceNote({ url, seconds }, called) {
  const note = document.createElement("voice-note");
  Object.assign(note.dataset, { url, seconds, called });
  return note;
}

class VoiceNote extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "btn btn-s room-small voice-note";
    this.button.addEventListener("click", () => (this.sound && !this.sound.paused ? this.stop() : this.play()));
    this.said = document.createElement("span");
    this.said.className = "sm t2";
    this.said.setAttribute("role", "status");
    this.replaceChildren(this.button, this.said);
    this.show();
  }

  disconnectedCallback() {
    this.stop();
  }

  async play() {
    if (playing && playing !== this) playing.stop();
    playing = this;
    this.sound = new Audio(this.dataset.url);
    this.sound.addEventListener("ended", () => this.stop());
    this.say("");
    this.dispatchEvent(new CustomEvent("voice-plays", { bubbles: true }));
    this.show(true);
    try {
      await this.sound.play();
    } catch (error) {
      if (error.name === "AbortError") return; // stopped before it began
      this.stop();
      this.say("没有播放出来，可能已被删除或网络不通。请刷新页面后再试。");
    }
  }

  stop() {
    this.sound?.pause();
    this.sound = null;
    if (playing === this) playing = null;
    this.show();
  }

  say(words) {
    this.said.textContent = words;
  }

  show(isPlaying = false) {
    if (!this.button) return;
    const { seconds, called } = this.dataset;
    this.button.textContent = isPlaying ? "停止播放" : `播放语音（${seconds}秒）`;
    this.button.setAttribute("aria-label", `${this.button.textContent}：${called}`);
  }
}

customElements.define("voice-note", VoiceNote);
