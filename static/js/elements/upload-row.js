// One row of the uploader: a file's title, its progress, its fault, its buttons, and what became of it.
import { fingerprint, percentOf, sizeText } from "../kernel/uploads.js";

const WORDS = { waiting: "等待上传", paused: "已暂停", lost: "上次没有传完", failed: "没有上传成功", refused: "没有收下", done: "上传完成" };
const RESUME = { lost: "继续上传", failed: "再试一次" };
const GONE = new Set([404, 410]);
const NOT_VIDEO = 415;
const OTHER_FILE =
  "选择的不是上次的文件（名称、大小或修改时间不同）。请选择原来的文件，或取消这次上传后再上传新的文件。";

export class UploadRow {
  // home: the uploader. A row has a file, or is an unfinished upload whose file has to be chosen again.
  constructor(home, element, { file = null, address = "", mark = "", length = 0, sent = 0 }) {
    Object.assign(this, { home, element, file, address, length, sent });
    this.mark = mark || fingerprint(file);
    this.transfer = null;
    this.title = this.part("title");
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("resume").addEventListener("click", () => this.resume());
    this.part("remove").addEventListener("click", () => this.remove());
    this.title.addEventListener("change", () => this.rename());
    this.enter(file ? "waiting" : "lost");
  }

  part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  enter(state, sentence = "") {
    const focused = document.activeElement; // before anything is hidden: it would be lost then
    this.state = state;
    this.part("pause").hidden = !["waiting", "sending"].includes(state);
    this.part("resume").hidden = !["paused", "lost", "failed"].includes(state);
    this.part("resume").textContent = RESUME[state] ?? "继续";
    this.part("remove").hidden = state === "done";
    this.part("remove").textContent = state === "refused" ? "移除" : "取消";
    this.fault(sentence);
    this.say();
    this.keepFocus(focused);
    this.home.settle();
  }

  // A button that goes must not take the focus with it.
  keepFocus(focused) {
    if (this.element.contains(focused) && focused.hidden) {
      this.element.querySelector("button:not([hidden]), a:not([hidden])")?.focus();
    }
  }

  fault(sentence) {
    this.part("error").textContent = sentence;
  }

  say(words = WORDS[this.state] ?? "正在上传") {
    const percent = percentOf(this.sent, this.length);
    const far = ` ${percent}%（${sizeText(this.sent)} / ${sizeText(this.length)}）`;
    this.part("bar").value = percent;
    this.part("state").textContent = this.state === "refused" ? words : words + far;
  }

  send() {
    this.transfer ??= this.home.transfer({
      file: this.file,
      address: this.address,
      metadata: { filename: this.file.name, title: this.title.value.trim(), fingerprint: this.mark },
      on: {
        begun: (address) => {
          this.address = address;
        },
        progress: (sent) => {
          this.sent = sent;
          this.say();
        },
        waiting: () => this.say("连接中断，正在重试"),
        done: (video) => this.finish(video),
        failed: (sentence, status) => this.fail(sentence, status),
      },
    });
    this.enter("sending");
    this.transfer.start();
  }

  fail(sentence, status) {
    if (GONE.has(status) || status === NOT_VIDEO) Object.assign(this, { transfer: null, address: "", sent: 0 }); // next time from the beginning
    this.enter(status === NOT_VIDEO ? "refused" : "failed", sentence);
    this.home.tell(`${this.file.name}：${sentence}`);
  }

  pause() {
    this.transfer?.pause();
    this.enter("paused");
  }

  resume() {
    if (!this.file) {
      this.home.chooseFor(this);
      return;
    }
    this.enter("waiting");
  }

  // The file of an unfinished upload, chosen again.
  take(file) {
    if (fingerprint(file) !== this.mark) {
      this.fault(OTHER_FILE);
      return;
    }
    this.file = file;
    this.enter("waiting");
  }

  async rename() {
    if (!this.title.value.trim()) {
      this.fault("请填写视频标题。");
      return;
    }
    this.fault("");
    if (!this.address) return; // it goes along when the file begins
    const answer = await this.home.ask("POST", `${this.address}title/`, new URLSearchParams({ title: this.title.value }));
    this.fault(answer.ok ? "" : answer.sentence);
  }

  async remove() {
    this.transfer?.pause();
    if (this.address) {
      const answer = await this.home.ask("DELETE", this.address);
      if (!answer.ok && !GONE.has(answer.status)) {
        this.enter(this.file ? "paused" : "lost", answer.sentence);
        return;
      }
    }
    this.home.drop(this);
  }

  finish(video) {
    this.sent = this.length;
    this.enter("done");
    const link = this.part("video");
    link.href = video;
    link.hidden = false;
    const progress = document.createElement("video-progress");
    progress.dataset.url = `${video}state/`;
    progress.dataset.stay = "";
    progress.append(this.part("made").content.cloneNode(true));
    this.part("sending").replaceWith(progress);
    this.home.tell(`${this.title.value || this.file.name}：上传完成，正在处理。`);
  }
}
