// <popup-questions>: stops the film at its questions, asks, shows what the server says of the answer, and lets it go on.
import { due, rightWords, secretWords, verdict } from "../kernel/popups.js";

const OFFLINE = "网络不通，没有交上。可以再点一次，或先继续看，回看到这里会再问。";

class PopupQuestions extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.video = this.closest("study-player")?.querySelector("video");
    if (!this.video) return;
    this.last = 0;
    this.waiting = [...this.querySelectorAll("dialog")].map((dialog) => this.prepare(dialog));
    this.video.addEventListener("timeupdate", () => this.look());
    this.video.addEventListener("seeking", () => {
      this.last = this.position;
    });
  }

  get position() {
    return this.video.currentTime * 1000;
  }

  prepare(dialog) {
    const popup = { id: dialog.dataset.popup, at: Number(dialog.dataset.at), dialog };
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.answer(popup);
    });
    dialog.querySelector("[data-continue]").addEventListener("click", () => this.goOn(popup));
    dialog.querySelector("[data-later]").addEventListener("click", () => this.goOn(popup));
    return popup;
  }

  look() {
    const { last, position } = this;
    this.last = position;
    if (this.video.paused || this.video.seeking || this.querySelector("dialog[open]")) return;
    const popup = due(this.waiting, last, position);
    if (popup) this.ask(popup);
  }

  ask({ dialog }) {
    this.video.pause();
    if (this.video.webkitDisplayingFullscreen) this.video.webkitExitFullscreen?.();
    dialog.showModal();
    dialog.querySelector("h2").focus();
  }

  async answer({ id, dialog }) {
    const form = dialog.querySelector("form");
    const button = form.querySelector("[type=submit]");
    const error = dialog.querySelector("[data-error]");
    error.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch(this.dataset.address + encodeURIComponent(id), {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.dataset.csrf },
        body: JSON.stringify({ answer: [...new FormData(form).values()] }),
      });
      const json = await answer.json();
      if (answer.ok) this.tell(dialog, json.review);
      else this.refuse(dialog, json.detail, answer.status !== 422);
    } catch {
      this.refuse(dialog, OFFLINE, true);
    }
    button.disabled = false;
  }

  refuse(dialog, sentence, isOptional) {
    dialog.querySelector("[data-error]").textContent = sentence;
    dialog.querySelector("[data-later]").hidden = !isOptional;
  }

  tell(dialog, review) {
    this.waiting = this.waiting.filter((popup) => popup.dialog !== dialog);
    const form = dialog.querySelector("form");
    const textOf = (id) => form.querySelector(`input[value="${CSS.escape(id)}"]`)?.closest("label").innerText.trim() ?? id;
    const right = rightWords(review, textOf);
    const lines = [verdict(review), right, review.explanation ? `解析：${review.explanation}` : "", secretWords(review)];
    if (review.is_provisional) lines.push("简答题由机器按得分点评分，仅供参考。");
    const paragraphs = lines.filter(Boolean).map((line) => Object.assign(document.createElement("p"), { textContent: line }));
    dialog.querySelector("[data-result]").replaceChildren(...paragraphs);
    for (const field of form.elements) field.disabled = true;
    form.querySelector(".actions").hidden = true;
    const button = dialog.querySelector("[data-continue]");
    button.hidden = false;
    button.focus();
  }

  goOn({ dialog }) {
    dialog.close();
    this.last = this.position;
    this.video.play();
  }
}

customElements.define("popup-questions", PopupQuestions);
