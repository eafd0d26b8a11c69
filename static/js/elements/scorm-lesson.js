// A course package in its sandbox. It reports to us by messages; we send one batched report at a time to the server.
// What it claims is kept and shown as its own word: time is counted by the lesson, never by the package.

import { Latest, Pace } from "../kernel/latest.js";

const RETRY_MS = 10_000;
const PAUSE_MS = 2_000; // between reports, however often a package commits
const DRAFT_MS = 30_000; // a package that never commits is saved all the same
const MOST_KEPT_ALIVE = 50_000; // bytes
const LONGEST = { lesson_location: 255, suspend_data: 64_000 };
const STATUSES = new Map([
  ["passed", "已通过"],
  ["completed", "已完成"],
  ["failed", "未通过"],
  ["incomplete", "学习中"],
  ["browsed", "已浏览"],
  ["not attempted", "未开始"],
]);

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
    this.pace = new Pace(PAUSE_MS);
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
    this.sendIn(scorm === "commit" ? 0 : DRAFT_MS);
  }

  // Only what we keep, in the shape in which we keep it; anything else from the sandbox is dropped here.
  report(cmi) {
    if (!cmi || typeof cmi !== "object" || !STATUSES.has(cmi.lesson_status)) return null;
    const score = cmi.score_raw === "" ? null : Math.round(Number(cmi.score_raw) * 100) / 100; // two of three right is 66.67
    return {
      lesson_status: cmi.lesson_status,
      lesson_location: String(cmi.lesson_location ?? "").slice(0, LONGEST.lesson_location),
      score_raw: Number.isFinite(score) && score >= 0 && score <= 100 ? score : null,
      suspend_data: String(cmi.suspend_data ?? "").slice(0, LONGEST.suspend_data),
    };
  }

  claim(status, score) {
    if (!this.line) return;
    const mark = score === null ? "" : `，得分 ${score}`;
    this.parts.claim.textContent = `课件自报：${STATUSES.get(status)}${mark}（不计学时）`;
  }

  // A commit never waits for the draft before it.
  sendIn(milliseconds) {
    const wait = this.pace.ask(milliseconds, performance.now());
    if (wait === null) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), wait);
  }

  async send() {
    clearTimeout(this.timer);
    this.pace?.fired();
    const next = this.line && this.latest?.take();
    if (!next) return;
    const { latest } = this;
    this.pace.sent(performance.now());
    try {
      await this.post(next);
      latest.acknowledge();
      this.say(latest.isEmpty ? "课件进度已保存" : "");
    } catch (error) {
      if (error.status && error.status < 500 && error.status !== 401) {
        latest.acknowledge(); // refused for good: the same again would be refused again
        this.say(error.problem?.detail ?? "课件进度没有保存。");
      } else {
        latest.fail();
        this.say("课件进度还没有保存，恢复后自动重试");
        this.sendIn(RETRY_MS);
        return;
      }
    }
    if (!latest.isEmpty) this.sendIn(0);
  }

  // A request that outlives the page, unless it is larger than browsers let such requests be.
  post({ key, value }) {
    const keepalive = new Blob([value.suspend_data]).size < MOST_KEPT_ALIVE;
    return this.line.post(`/study-sessions/${this.session}/package`, value, { "Idempotency-Key": key }, { keepalive });
  }

  // The page goes away or out of sight: what was not sent yet goes now, whatever is under way.
  leave() {
    const next = this.line && this.latest?.seize();
    if (!next) return;
    const { latest } = this;
    this.post(next).catch(() => latest.giveBack(next));
  }

  say(words) {
    if (this.parts.kept) this.parts.kept.textContent = words;
  }
}

customElements.define("scorm-lesson", ScormLesson);
