// <live-attendance>: while the picture of a live lesson runs before its learner, says so to the server, asks what the server
// asks, and tells what counts. Where in the lesson that was, and whether the teacher was on the air, the server knows itself.

import { Outbox } from "../kernel/outbox.js";
import { Sampler } from "../kernel/sampler.js";
import { minutesWords } from "../kernel/words.js";
import { CheckDialog } from "./study-check.js";
import { Drawer } from "./study-drawer.js";
import { FaceGate } from "./study-face.js";
import { StudyLine } from "./study-line.js";
import { PageSource } from "./study-sources.js";

const READ_MS = 4000;
const RETRY_MS = 5000;
const WORDS = {
  waiting: "画面播放后自动开始计学时。",
  paused: "画面没有播放，现在不计学时。",
  hidden: "页面在后台，现在不计学时。",
  offline: "网络断开，恢复后自动补报。",
  left: "您离开过这一页，已学时间都已保存。",
  signedOut: "登录已失效，已学时间都已保存。请重新登录后再进来。",
  stale: "页面与服务器不同步，已学时间都已保存。",
  over: "直播已结束，已学时间都已保存。",
};

class LiveAttendance extends HTMLElement {
  connectedCallback() {
    if (this.line) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.viewer = document.querySelector("live-viewer");
    this.video = this.viewer.querySelector("video");
    this.line = new StudyLine({ api: this.dataset.api, csrf: this.dataset.csrf });
    this.drawer = new Drawer();
    this.source = new PageSource(Infinity); // a page that is "played" while the picture runs
    const send = (challenge, frames) => this.line.sendFaces(challenge, frames);
    this.dialog = new CheckDialog(this.parts, {
      onAnswer: (answer) => this.answer(answer),
      onFace: (check) => ({ draw: (capture) => this.line.drawForCheck(check, capture), send }),
      onEnd: (result) => this.heard(result),
    });
    this.gate = new FaceGate(this.parts, { draw: (capture) => this.line.drawForStart(this.dataset, capture), send, onPassed: () => this.start() });
    this.parts.again.addEventListener("click", () => this.start());
    for (const name of ["playing", "pause", "waiting", "ended", "emptied"]) this.video.addEventListener(name, () => this.looked());
    this.line.addEventListener("stop", ({ detail }) => this.stopped(detail.detail));
    document.addEventListener("visibilitychange", () => this.looked());
    document.addEventListener("freeze", () => this.sample());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.sampler && this.stopped(WORDS.left));
    window.addEventListener("offline", () => this.say(WORDS.offline));
    window.addEventListener("online", () => this.report());
    this.say(WORDS.waiting);
    this.looked();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    clearTimeout(this.retry);
    if (this.line) this.leave();
  }

  get isPlaying() {
    return !this.video.paused && !this.video.ended && this.video.readyState > 2;
  }

  get isOver() {
    return this.viewer.state === "ended";
  }

  // The picture began, stopped, or is covered: what ran before is claimed in the state in which it ran.
  looked() {
    if (this.isPlaying !== this.source.playing) {
      this.sample();
      if (this.isPlaying) this.source.play();
      else this.source.pause();
    }
    if (this.isPlaying && !this.sampler && !this.hasStopped) this.start();
    if (!this.sampler || this.hasStopped) return;
    this.sample();
    this.report();
  }

  async start() {
    if (this.isStarting) return;
    this.isStarting = true;
    this.parts.again.hidden = true;
    await this.drawer.sendAll((kept) => this.line.sendKept(kept));
    try {
      this.begin(await this.line.begin(this.dataset));
    } catch (error) {
      this.refused(error);
    }
    this.isStarting = false;
  }

  // An own word of the server stands until somebody does something; a line that is down is tried again.
  refused(error) {
    const { code, detail } = error.problem ?? {};
    if (code === "face_required") this.gate.ask(detail);
    else if (error.status === 401) this.stopped(WORDS.signedOut);
    else if (detail) this.stopped(detail);
    else {
      this.say(WORDS.offline);
      this.retry = setTimeout(() => this.looked(), RETRY_MS);
      return;
    }
    this.hasStopped = true;
    this.parts.again.hidden = false;
  }

  begin(opened) {
    this.outbox = new Outbox();
    this.sampler = new Sampler();
    this.session = opened.id;
    this.token = opened.token;
    this.hasStopped = false;
    this.show(opened);
    this.sample();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), opened.beat_seconds * 1000);
  }

  tick() {
    this.sample();
    this.report();
  }

  sample() {
    const claim = this.sampler?.sample({ position: this.source.position, playing: this.source.playing, rate: 1, visible: !document.hidden });
    if (!claim || this.hasStopped) return;
    this.outbox.add(claim);
    this.keep();
  }

  keep() {
    if (this.outbox.isEmpty) this.drawer.drop(this.session);
    else this.drawer.keep(this.session, this.token, this.outbox);
  }

  async report() {
    if (this.isReporting || this.hasStopped || !this.line.session || this.outbox.isEmpty) return;
    this.isReporting = true;
    try {
      const ack = await this.line.beats(this.token, this.outbox.next());
      this.outbox.acknowledge(ack.stop ? Infinity : ack.acked_seq);
      if (ack.token) this.token = ack.token;
      this.keep();
      this.show(ack);
    } catch (error) {
      if (error.status === 401) this.stopped(WORDS.signedOut);
      else if (error.problem?.code === "token_wrong") this.stopped(WORDS.stale);
      else this.say(WORDS.offline);
    }
    this.isReporting = false;
  }

  show(ack) {
    if (ack.stop) {
      this.stopped(ack.stop.detail);
      return;
    }
    this.parts.earned.textContent = minutesWords(ack.lesson_seconds);
    this.parts.pending.textContent = ack.pending_seconds ? `${minutesWords(ack.pending_seconds)}待确认（${this.dataset.waits}）` : "";
    if (ack.check) this.dialog.ask(ack.check);
    else if (this.dialog.id !== null) this.ranOut();
    if (this.isOver && !ack.check && !this.waits(ack)) this.finish();
    else if (performance.now() >= (this.saidUntil ?? 0)) this.sayState(ack);
  }

  // A check will still come for what is not confirmed; a second or less of it is not asked about.
  waits({ pending_seconds: pending }) {
    return this.dataset.checks === "1" && pending > 1;
  }

  sayState({ server_time: time }) {
    const at = new Date(time).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
    if (document.hidden) this.say(WORDS.hidden);
    else this.say(this.source.playing ? `正在计学时，已保存 ${at}` : WORDS.paused);
  }

  // The check was settled without an answer of this page: how it ended, the server says.
  async ranOut() {
    const result = await this.dialog.howItEnded(this.line);
    if (result) this.heard(result);
  }

  async answer(answer) {
    const { parts, dialog } = this;
    parts.answer.disabled = true;
    dialog.complain("");
    try {
      this.heard(await this.line.answer(dialog.id, answer));
    } catch (error) {
      dialog.complain(error.problem?.detail ?? "网络不通，请再点一次。");
    }
    parts.answer.disabled = false;
  }

  heard(result) {
    if (result.result === "again" && result.check) {
      this.dialog.ask(result.check, result.detail);
      return;
    }
    this.dialog.forget();
    if (result.result === "passed") this.parts.pending.textContent = "";
    else if (this.dataset.failed !== "continue") {
      this.stopped(result.detail);
      return;
    }
    this.say(result.detail);
    this.saidUntil = performance.now() + READ_MS;
  }

  finish() {
    this.hasStopped = true;
    clearInterval(this.timer);
    this.line.leave(this.token, []);
    this.say(WORDS.over);
  }

  stopped(words) {
    this.hasStopped = true;
    clearInterval(this.timer);
    this.dialog.forget();
    this.line.hangUp();
    this.say(words);
    this.parts.again.hidden = this.isOver;
  }

  leave() {
    this.sample();
    if (this.hasStopped) return;
    this.line.leave(this.token, this.outbox?.next() ?? []);
    if (this.session) this.keep();
  }

  say(words) {
    if (this.parts.said.textContent !== words) this.parts.said.textContent = words;
  }
}

customElements.define("live-attendance", LiveAttendance);
