// The dialog of a presence check: a tap, a question about what was just taught, or moves before a camera. The player asks; this shows and collects.

import { nearlyOver } from "../kernel/words.js";
import { FaceAct } from "./study-face.js";

const CONFIRM = "我在学习";
const SUBMIT = "提交答案";
const SHOW = "开始核验";
const SHOWING = "正在核验";
const SHOW_AGAIN = "再试一次";
const CHOOSE = "请先选择答案，再提交。";
const TITLES = { tap: "请确认您正在学习", question: "答一道刚学过的题", face: "请核验人脸" };
const WORDS = { tap: "点下面的按钮确认。", question: "选好后点“提交答案”。", face: "点“开始核验”，对着摄像头按提示做动作。" };
const BUTTONS = { question: SUBMIT, face: SHOW };
const NOTED = "知道了";
const LOST = "这次核验已经结束";
const UNKNOWN = "这次确认的方式本页还不支持，请刷新页面后继续。";

// onFace(check): how moves are drawn and sent · onEnd(result): how a face answered its check · onLost(): words stand that are to be read
export class CheckDialog {
  constructor(parts, { onAnswer, onFace, onEnd, onLost }) {
    this.parts = parts;
    Object.assign(this, { onFace, onEnd, onLost });
    this.act = new FaceAct(parts.checkFace, { onSay: (words) => this.complain(words) });
    this.check = null;
    this.lost = null;
    this.settled = 0;
    parts.check.addEventListener("cancel", (event) => this.lost || event.preventDefault());
    parts.check.addEventListener("close", () => this.closed());
    parts.checkForm.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.lost) {
        parts.check.close();
        return;
      }
      if (this.kind === "face") {
        this.show();
        return;
      }
      const answer = this.chosen();
      if (answer) onAnswer(answer);
      else this.complain(CHOOSE);
    });
  }

  get id() {
    return this.check?.id ?? null;
  }

  get kind() {
    return this.check?.question ? "question" : this.check?.kind;
  }

  get isOpen() {
    return this.check !== null && performance.now() < this.deadline;
  }

  // `note`: what the server says of the answer that this check follows.
  ask(check, note = "") {
    if (check.id <= this.settled || check.answer_seconds <= 0) return; // an older answer of the server, or too late
    this.lost = null; // a new check waits for nobody to read how the last one ended
    this.deadline = performance.now() + check.answer_seconds * 1000;
    const { parts } = this;
    if (this.id !== check.id) this.lay(check, note);
    if (!parts.check.open) {
      parts.check.showModal();
      (this.kind === "tap" ? parts.answer : parts.checkTitle).focus();
    }
    clearInterval(this.countdown);
    this.countdown = setInterval(() => this.countDown(), 1000);
    this.countDown();
  }

  lay(check, note) {
    const { parts } = this;
    this.check = check;
    const { kind } = this;
    this.sayAs("check-text");
    parts.checkAppeal.hidden = true;
    parts.checkTitle.textContent = TITLES[kind] ?? TITLES.tap;
    parts.checkWords.textContent = WORDS[kind] ?? UNKNOWN;
    parts.answer.textContent = BUTTONS[kind] ?? CONFIRM;
    parts.answer.disabled = false;
    parts.checkQuestion.replaceChildren(...(check.question ? this.questionParts(check.question) : []));
    parts.checkQuestion.hidden = !check.question;
    parts.checkFace.hidden = kind !== "face";
    parts.checkNote.textContent = note;
    this.complain("");
    if (parts.check.open) parts.checkTitle.focus();
  }

  // Moves before a camera. What they brought about the check is heard by the player; else they may be tried again.
  async show() {
    const { parts } = this;
    parts.answer.disabled = true;
    parts.answer.textContent = SHOWING;
    const ended = await this.act.run(this.onFace(this.id));
    parts.answer.disabled = false;
    parts.answer.textContent = SHOW_AGAIN;
    if (!ended?.check) parts.answer.focus();
    else if (ended.check.result === "passed") this.onEnd(ended.check);
    else this.lose(ended);
  }

  // The check is lost: what happened and what to do next stands until it was read. Nothing more is to be answered.
  lose(ended) {
    const { parts } = this;
    this.forget();
    this.lost = ended.check;
    this.onLost?.();
    parts.checkTitle.textContent = LOST;
    this.sayAs("check-error");
    parts.checkFace.hidden = true;
    parts.checkNote.textContent = "";
    parts.answer.textContent = NOTED;
    parts.checkAppeal.hidden = ended.appeal_days === null;
    parts.check.showModal();
    this.complain(ended.detail);
    parts.checkTitle.focus();
  }

  // What describes the dialog: what is asked and for how long, or what became of it.
  sayAs(id) {
    this.parts.check.setAttribute("aria-describedby", id);
    this.parts.checkText.hidden = id !== "check-text";
    this.parts.checkError.classList.toggle("field-error", id === "check-text");
  }

  closed() {
    if (this.parts.check.open) return; // it was opened again since
    if (this.isOpen) this.parts.check.showModal();
    const { lost } = this;
    this.lost = null;
    if (lost) this.onEnd(lost);
  }

  questionParts(question) {
    const legend = Object.assign(document.createElement("legend"), { className: "legend", textContent: question.stem });
    if (question.kind === "multiple") legend.append(Object.assign(document.createElement("span"), { className: "t3 sm", textContent: "（多选）" }));
    const media = [];
    if (question.image) {
      const { url, width, height, alt } = question.image;
      media.push(Object.assign(document.createElement("img"), { src: url, width, height, alt, className: "stem-image" }));
    }
    if (question.audio) {
      const sound = Object.assign(document.createElement("audio"), { src: question.audio.url, controls: true, preload: "metadata" });
      sound.setAttribute("aria-label", question.audio.name);
      media.push(sound);
    }
    return [legend, ...media, ...question.options.map((option) => this.choice(question.kind, option))];
  }

  choice(kind, option) {
    const label = Object.assign(document.createElement("label"), { className: "choice" });
    const input = Object.assign(document.createElement("input"), { type: kind === "multiple" ? "checkbox" : "radio", name: "check-option", value: option.id });
    label.append(input, Object.assign(document.createElement("span"), { textContent: option.text }));
    return label;
  }

  // What is sent: a word for a tap, ids for a question; nothing while nothing is chosen.
  chosen() {
    if (!this.check?.question) return "here";
    const ids = [...this.parts.checkQuestion.querySelectorAll("input:checked")].map((input) => input.value);
    return ids.length ? ids : null;
  }

  complain(words) {
    this.parts.checkError.textContent = words;
  }

  countDown() {
    const left = Math.max(0, Math.ceil((this.deadline - performance.now()) / 1000));
    this.parts.left.textContent = String(left);
    const words = nearlyOver(left);
    if (words !== null) this.parts.checkSaid.textContent = words;
    if (left === 0) this.close();
  }

  close() {
    clearInterval(this.countdown);
    this.deadline = 0;
    this.parts.checkSaid.textContent = "";
    this.act.close();
    if (this.parts.check.open && !this.lost) this.parts.check.close();
  }

  // How the server settled a check that this page did not answer; nothing while it cannot be reached, or a newer one is open.
  async howItEnded(line) {
    if (this.isAsking) return null;
    const { id } = this;
    this.isAsking = true;
    this.close();
    try {
      const result = await line.ended(id);
      return this.id === id ? result : null;
    } catch (error) {
      if (error.problem?.code === "check_not_found") this.forget();
      return null;
    } finally {
      this.isAsking = false;
    }
  }

  // The check is over, however it ended.
  forget() {
    this.close();
    this.settled = this.id ?? this.settled;
    this.check = null;
  }
}
