// <stream-key>: what a teacher types into OBS. Copies and shows it, and says when the software is on the air.

const LOOK_MS = 4000;
const WORDS = {
  live: "正在直播。",
  interrupted: "画面中断，推流软件重新连接后自动继续。",
  ended: "这次直播课已经结束。",
};

class StreamKey extends HTMLElement {
  connectedCallback() {
    if (this.said) return;
    this.said = this.querySelector("[data-said]");
    this.addEventListener("click", ({ target }) => {
      if (target.dataset.copies) this.copy(document.getElementById(target.dataset.copies));
      if (target.dataset.shows) this.toggle(target);
    });
    this.looker = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  disconnectedCallback() {
    clearInterval(this.looker);
  }

  async copy(field) {
    const name = this.querySelector(`label[for=${field.id}]`).textContent;
    try {
      await navigator.clipboard.writeText(field.value);
      this.tell(`${name}已复制。`);
    } catch {
      field.type = "text";
      field.select();
      this.tell(`浏览器不让本页复制。${name}已选中，请按Ctrl+C（手机上长按）复制。`);
    }
  }

  toggle(button) {
    const field = document.getElementById(button.dataset.shows);
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    button.textContent = isShown ? "隐藏" : "显示";
    button.setAttribute("aria-pressed", String(isShown));
  }

  // The end of a lesson that software put on the air is on this page: its button shows once the lesson has begun.
  async look() {
    let state, cut;
    try {
      const answer = await fetch(this.dataset.stateSrc, { cache: "no-store" });
      if (!answer.ok) return;
      ({ state, cut } = await answer.json());
    } catch {
      return;
    }
    if (state === this.state && cut === this.cut) return;
    Object.assign(this, { state, cut });
    const end = document.querySelector("live-studio [data-part=end]");
    if (end && (state === "live" || state === "interrupted")) end.hidden = false;
    if (cut && state !== "live" && state !== "ended") this.tell(cut);
    else if (WORDS[state]) this.tell(WORDS[state]);
  }

  tell(words) {
    this.said.textContent = words;
  }
}

customElements.define("stream-key", StreamKey);
