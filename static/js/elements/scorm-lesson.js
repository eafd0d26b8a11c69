// A course package in its sandbox. It reports to us by messages; we send one batched report at a time to the server.
// What it claims is kept and shown as its own word: time is counted by the lesson, never by the package.

import { Latest } from "../kernel/latest.js";

const RETRY_MS = 10_000;
const LONGEST = { lesson_location: 255, suspend_data: 64_000 };
const STATUSES = {
  passed: "已通过",
  completed: "已完成",
  failed: "未通过",
  incomplete: "学习中",
  browsed: "已浏览",
  "not attempted": "未开始",
};

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class ScormLesson extends HTMLElement {
  connectedCallback() {
    if (this.parts) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.parts.preview?.addEventListener("click", () => this.preview());
    this.parts.whole?.addEventListener("click", () => this.frame?.requestFullscreen?.());
    window.addEventListener("message", (event) => this.hear(event));
    window.addEventListener("online", () => this.send());
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  preview() {
    const { url, origin, sandbox } = this.dataset;
    this.open({ url, origin, sandbox, cmi: {} }, null, null);
    this.parts.preview.hidden = true;
  }

  // Put the package on the stage. `line` and `session`: where reports go; without them nothing is kept.
  open(stage, line, session) {
    this.close();
    this.stage = stage;
    this.line = line;
    this.session = session;
    this.latest = new Latest(freshKey);
    const frame = document.createElement("iframe");
    frame.title = `课件：${this.dataset.title}`;
    frame.setAttribute("sandbox", stage.sandbox);
    frame.name = JSON.stringify({ site: window.location.origin, cmi: stage.cmi, mastery_score: stage.mastery_score ?? "" });
    frame.src = stage.url;
    this.frame = frame;
    this.parts.frame.replaceChildren(frame);
    if (this.parts.whole) this.parts.whole.hidden = !frame.requestFullscreen;
    this.claim(stage.cmi.lesson_status, stage.cmi.score_raw);
  }

  // Take it off the stage; what it reported and was not sent yet is sent.
  close() {
    if (!this.frame) return;
    this.leave();
    this.frame.remove();
    this.frame = null;
    if (this.parts.whole) this.parts.whole.hidden = true;
  }

  hear(event) {
    if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== this.stage.origin) return;
    const { scorm, cmi } = event.data ?? {};
    const report = this.report(cmi);
    if (!report || (scorm !== "commit" && scorm !== "draft")) return;
    this.latest.put(report);
    this.claim(report.lesson_status, report.score_raw);
    if (scorm === "commit") this.send();
  }

  // Only what we keep, in the shape in which we keep it; anything else from the sandbox is dropped here.
  report(cmi) {
    if (!cmi || typeof cmi !== "object" || !(cmi.lesson_status in STATUSES)) return null;
    const score = cmi.score_raw === "" ? null : Number(cmi.score_raw);
    return {
      lesson_status: cmi.lesson_status,
      lesson_location: String(cmi.lesson_location ?? "").slice(0, LONGEST.lesson_location),
      score_raw: Number.isFinite(score) && score >= 0 && score <= 100 ? score : null,
      suspend_data: String(cmi.suspend_data ?? "").slice(0, LONGEST.suspend_data),
    };
  }

  claim(status, score) {
    if (!this.line) return;
    const words = STATUSES[status] ?? STATUSES["not attempted"];
    this.parts.claim.textContent = `课件自报：${words}${score === null || score === undefined || score === "" ? "" : `，得分 ${Number(score)}`}（不计学时）`;
  }

  async send() {
    clearTimeout(this.timer);
    const next = this.line && this.latest?.take();
    if (!next) return;
    const { latest } = this;
    try {
      await this.line.post(`/study-sessions/${this.session}/package`, next.value, { "Idempotency-Key": next.key });
      latest.acknowledge();
      this.say(latest.isEmpty ? "课件进度已保存" : "");
    } catch (error) {
      if (error.status && error.status < 500 && error.status !== 401) {
        latest.acknowledge(); // refused for good: the same again would be refused again
        this.say(error.problem?.detail ?? "课件进度没有保存。");
      } else {
        latest.fail();
        this.say("课件进度还没有保存，恢复后自动重试");
        this.timer = setTimeout(() => this.send(), RETRY_MS);
        return;
      }
    }
    if (!latest.isEmpty) this.send();
  }

  // The page goes away or out of sight: a request that outlives it carries what was not sent yet.
  leave() {
    const next = this.line && this.latest?.take();
    if (!next) return;
    const { latest } = this;
    this.line
      .post(`/study-sessions/${this.session}/package`, next.value, { "Idempotency-Key": next.key }, { keepalive: true })
      .then(() => latest.acknowledge(), () => latest.fail());
  }

  say(words) {
    if (this.parts.kept) this.parts.kept.textContent = words;
  }
}

customElements.define("scorm-lesson", ScormLesson);
