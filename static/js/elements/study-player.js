// A lesson under study: plays, reports, asks, and says in words what counts. The server decides; this only shows it.

import { Outbox } from "../kernel/outbox.js";
import { Sampler } from "../kernel/sampler.js";
import { SeekGuard } from "../kernel/seeking.js";
import { clockFace, minutesWords } from "../kernel/words.js";
import { StudyLine } from "./study-line.js";
import { QualityChoice } from "./study-quality.js";
import { FilmSource, PageSource } from "./study-sources.js";

const END_SLOP = 1500;
const NOTICE_MS = 8000;
const LIVE = { ok: "已保存", offline: "网络断开，恢复后自动补报", hidden: "页面在后台，学习时间不计入" };
const SIGNED_OUT = { code: "signed_out", detail: "登录已失效。最近一次“已保存”之前的学习都在，请重新登录后接着学。" };
const ENDED = { code: "media_ended", detail: "离开太久，播放地址已失效。已学时间都已保存，请点“在这里继续”。" };
const NOT_BEGUN = "请先点“开始学习”，再从文字稿跳转。";
const NOT_REACHED = "这一句还没有学到。首次学习要按顺序，学过的部分可以随意回看。";
const NOTICES = {
  seek: "首次学习不能向前拖动，学过的部分可以随意回看。",
  cut: "网络断开，视频暂停。网络恢复后点播放继续，已看的部分会补报。",
  back: "网络已恢复，点播放接着学。",
  unplayable: "视频加载不出来。请刷新页面再试；如仍不行，请联系培训机构。",
};

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clientKind() {
  const agent = navigator.userAgent;
  if (/MicroMessenger/i.test(agent)) return "wechat";
  return /Mobile|Android|iPhone/i.test(agent) ? "phone" : "pc";
}

class StudyPlayer extends HTMLElement {
  connectedCallback() {
    if (this.line) return;
    const { api, csrf, kind, length, free, slop } = this.dataset;
    this.length = Number(length);
    this.line = new StudyLine({ api, csrf });
    this.guardOptions = { slop: Number(slop), free: free === "1" };
    this.source = kind === "video" ? new FilmSource(this.querySelector("video")) : new PageSource(this.length);
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    if (this.parts.quality) this.quality = new QualityChoice(this.parts.quality, this.source);
    this.listen();
    this.parts.start.disabled = false; // rendered disabled: a tap before this script would be lost
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.line?.leave();
  }

  listen() {
    const { parts, source } = this;
    parts.start.addEventListener("click", () => this.start());
    parts.toggle?.addEventListener("click", () => (source.playing ? source.pause() : this.resume()));
    parts.back?.addEventListener("click", () => this.seek(source.position - 10000));
    parts.captions?.addEventListener("click", () => this.toggleCaptions());
    parts.full?.addEventListener("click", () => this.fullScreen());
    parts.seek?.addEventListener("input", () => this.seek(Number(parts.seek.value)));
    parts.answer.addEventListener("click", () => this.answer());
    parts.check.addEventListener("cancel", (event) => event.preventDefault());
    parts.check.addEventListener("close", () => this.checkId && performance.now() < this.deadline && parts.check.showModal());
    for (const name of ["play", "pause", "ended", "playing", "waiting"]) source.addEventListener(name, () => this.changed());
    source.addEventListener("seeking", () => this.guardSeek());
    source.addEventListener("timeupdate", () => this.showPosition());
    source.addEventListener("ratechange", () => this.guardRate());
    this.line.addEventListener("stop", (event) => this.stopped(event.detail));
    document.addEventListener("visibilitychange", () => this.looked());
    window.addEventListener("pagehide", () => this.line.leave());
    source.addEventListener("cut", () => this.notice(NOTICES.cut, Infinity));
    source.addEventListener("unplayable", () => this.notice(NOTICES.unplayable, Infinity));
    source.addEventListener("ended-address", () => this.stopped(ENDED));
    window.addEventListener("offline", () => this.say(LIVE.offline));
    window.addEventListener("online", () => this.backOnline());
  }

  // What was watched before the look away is claimed first; then nothing plays on that would not count.
  looked() {
    this.changed();
    if (!this.sampler || this.hasStopped) return;
    if (document.hidden) {
      this.wasPlaying = this.source.playing;
      this.source.pause();
      if (this.wasPlaying && this.source.isFilm) this.notice(`您离开了页面，已暂停在 ${clockFace(this.source.position)}，点播放接着学。`, Infinity);
    } else if (this.wasPlaying && !this.source.isFilm) this.source.play();
  }

  async backOnline() {
    if (this.source.isBroken) this.notice(NOTICES.back);
    await this.source.recover();
    this.report();
  }

  async start() {
    const { parts } = this;
    if (this.mustSignIn) {
      window.location.assign(`/accounts/login/?next=${encodeURIComponent(window.location.pathname)}`);
      return;
    }
    parts.start.disabled = true;
    parts.stop.hidden = true;
    try {
      const opened = await this.line.open(
        {
          enrolment: this.dataset.enrolment,
          lesson: this.dataset.lesson,
          client: clientKind(),
          device: navigator.userAgent.slice(0, 200),
        },
        freshKey(),
      );
      await this.begin(opened);
    } catch (error) {
      parts.start.disabled = false;
      if (error.status === 401) this.stopped(SIGNED_OUT);
      else this.stopped({ code: error.problem?.code ?? "offline", detail: error.problem?.detail ?? "连接不上服务器，请检查网络后重试。" });
    }
    parts.start.disabled = false;
  }

  async begin(opened) {
    this.outbox = new Outbox();
    this.sampler = new Sampler();
    this.token = opened.token;
    this.guard = new SeekGuard({ ...this.guardOptions, limit: opened.seek_limit });
    this.furthest = opened.seek_limit;
    this.wentBackTo = null;
    this.hasStopped = false;
    this.parts.cover.hidden = true;
    if (opened.media) await this.load(opened.media); // the addresses of an earlier session have ended with it
    if (opened.package) this.querySelector("scorm-lesson").open(opened.package, this.line, opened.id);
    if (opened.resume_at) this.source.seek(opened.resume_at);
    this.show(opened);
    await this.source.play();
    this.sample();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), opened.beat_seconds * 1000);
    clearInterval(this.clock);
    this.clock = setInterval(() => this.showPosition(), 500);
    this.parts.toggle?.focus();
  }

  async load(media) {
    await this.source.load(media, this.quality.offer(media));
    this.quality.show();
    await customElements.whenDefined("seek-preview");
    this.querySelector("seek-preview").show({ storyboard: media.storyboard, length: this.length, bar: this.parts.seek });
  }

  resume() {
    this.unnotice();
    if (this.hasStopped || !this.line.session) return this.start();
    return this.source.play();
  }

  tick() {
    this.sample();
    this.report();
  }

  changed() {
    this.parts.toggle?.setAttribute("aria-label", this.source.playing ? "暂停" : "播放");
    this.parts.toggle?.classList.toggle("is-playing", this.source.playing);
    if (!this.sampler || this.hasStopped) return;
    this.sample();
    if (document.hidden) this.say(LIVE.hidden);
    this.report();
  }

  sample() {
    if (!this.sampler) return;
    const { position, playing, rate } = this.source;
    const claim = this.sampler.sample({ position: Math.min(position, this.length), playing, rate, visible: !document.hidden });
    if (claim) this.outbox.add(claim);
    if (playing) this.furthest = Math.max(this.furthest, position);
  }

  async report() {
    if (this.isReporting || this.hasStopped || !this.line.session || this.outbox.isEmpty) return;
    this.isReporting = true;
    try {
      const beats = this.outbox.next();
      const ack = await this.line.beats(this.token, beats);
      this.outbox.acknowledge(ack.acked_seq);
      if (ack.token) this.token = ack.token;
      this.show(ack);
      if (!ack.stop) this.keepUp(beats[beats.length - 1], ack);
    } catch (error) {
      if (error.status === 401) this.stopped(SIGNED_OUT);
      else if (error.problem?.code === "token_wrong") this.stopped({ code: "stale", detail: "页面与服务器不同步，请点“在这里继续”。" });
      else this.say(LIVE.offline);
    }
    this.isReporting = false;
  }

  // What the server did not count must be played again, or everything behind it is refused as skipped.
  keepUp(last, ack) {
    const place = last.playing ? this.guard.goBackTo(last.to, ack.seek_limit) : null;
    if (place === null) return;
    const again = this.wentBackTo === place;
    this.wentBackTo = place;
    this.furthest = place;
    this.guard.reset(place);
    this.source.seek(place);
    this.sampler.jump(place);
    if (again && this.source.isFilm) {
      this.source.pause();
      this.notice(`这段时间没有计入，原因见“学时明细”。已停在 ${clockFace(place)}。`, Infinity);
    } else this.notice(`刚才有一段没有计入，已回到 ${clockFace(place)}，从这里接着学。`);
  }

  show(ack) {
    const { parts } = this;
    if (ack.stop) {
      this.stopped(ack.stop);
      return;
    }
    this.guard.learn(Math.max(ack.seek_limit, 0));
    parts.earned.textContent = minutesWords(ack.lesson_seconds);
    parts.pending.textContent = ack.pending_seconds ? `${minutesWords(ack.pending_seconds)}待确认（答过下一次在岗确认后计入）` : "";
    parts.bar.value = Math.min(100, Math.floor((ack.covered_seconds * 100000) / Math.max(1, this.length)));
    const time = new Date(ack.server_time).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
    if (!document.hidden) this.say(`${LIVE.ok} ${time}`);
    if (ack.check) this.ask(ack.check);
    if (parts.done && this.isWhole(ack) && !ack.check) parts.done.hidden = false;
  }

  // Players stop a few frames before the stated length; the server allows for the same.
  isWhole(ack) {
    const near = this.length - END_SLOP;
    return ack.seek_limit >= near && ack.covered_seconds >= Math.floor(near / 1000);
  }

  ask(check) {
    if (this.checkId === check.id) return;
    this.checkId = check.id;
    this.deadline = performance.now() + check.answer_seconds * 1000;
    this.parts.check.showModal();
    this.parts.answer.focus();
    clearInterval(this.countdown);
    this.countdown = setInterval(() => this.countDown(), 1000);
    this.countDown();
  }

  countDown() {
    const left = Math.max(0, Math.ceil((this.deadline - performance.now()) / 1000));
    this.parts.left.textContent = String(left);
    if (left === 0) this.closeCheck();
  }

  closeCheck() {
    clearInterval(this.countdown);
    if (this.parts.check.open) this.parts.check.close();
  }

  async answer() {
    const { parts } = this;
    parts.answer.disabled = true;
    try {
      const result = await this.line.answer(this.checkId);
      this.closeCheck();
      this.checkId = null;
      parts.toggle?.focus();
      if (result.result === "passed") {
        parts.pending.textContent = "";
        this.say("已确认，学习时间已计入");
        if (parts.done && this.source.position >= this.length - END_SLOP) parts.done.hidden = false;
      } else this.stopped({ code: "check", detail: "确认没有通过，上次确认之后的时间暂不认定，重学后可再次计入。" });
    } catch (error) {
      parts.checkError.textContent = error.problem?.detail ?? "网络不通，请再点一次。";
    }
    parts.answer.disabled = false;
  }

  stopped(stop) {
    const { parts } = this;
    this.hasStopped = true;
    clearInterval(this.timer);
    this.closeCheck();
    this.checkId = null;
    this.source.pause();
    this.querySelector("scorm-lesson")?.close();
    this.line.hangUp();
    parts.stopWords.textContent = stop.detail;
    parts.stop.hidden = false;
    this.mustSignIn = stop.code === "signed_out";
    parts.start.textContent = this.mustSignIn ? "重新登录" : "在这里继续";
    parts.cover.hidden = false;
    parts.start.focus();
    this.say("");
  }

  guardSeek() {
    if (!this.guard) return;
    this.guard.learn(this.furthest);
    const target = this.source.position;
    if (this.guard.isTooFar(target)) {
      this.source.seek(this.furthest);
      this.notice(NOTICES.seek);
    }
    this.sampler?.jump(Math.min(target, this.guard.allowed(target)));
  }

  guardRate() {
    const most = Number(this.dataset.rate) / 100;
    if (this.source.isFilm && this.source.rate > most) {
      this.source.video.playbackRate = most;
      this.notice(`播放速度最高 ${most} 倍。`);
    }
    this.changed();
  }

  seek(position) {
    this.sample();
    this.guard?.learn(this.furthest ?? 0);
    const target = Math.max(0, Math.min(this.length, this.guard ? this.guard.allowed(position) : position));
    if (this.guard?.isTooFar(position)) this.notice(NOTICES.seek);
    this.source.seek(target);
    this.sampler?.jump(target);
    this.showPosition();
  }

  // From the transcript: only what was reached already, else the reason.
  goTo(position) {
    if (!this.guard || this.hasStopped) {
      this.notice(NOT_BEGUN);
      return;
    }
    this.guard.learn(this.furthest ?? 0);
    if (this.guard.allowed(position) < position) this.notice(NOT_REACHED);
    else this.seek(position);
  }

  showPosition() {
    const { seek, time } = this.parts;
    const position = Math.min(this.source.position, this.length);
    if (time) time.textContent = `${clockFace(position)} / ${clockFace(this.length)}`;
    if (seek) {
      seek.value = String(Math.round(position));
      seek.setAttribute("aria-valuetext", `${clockFace(position)}，共 ${clockFace(this.length)}`);
    }
  }

  toggleCaptions() {
    const tracks = [...this.querySelector("video").textTracks];
    const shown = tracks.some((track) => track.mode === "showing");
    tracks.forEach((track) => {
      track.mode = shown ? "disabled" : "showing";
    });
    this.parts.captions.setAttribute("aria-pressed", String(!shown));
  }

  fullScreen() {
    const video = this.querySelector("video");
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.parts.screen.requestFullscreen) this.parts.screen.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  }

  // What must be read: it stands beside the save status and is not overwritten by it.
  notice(words, milliseconds = NOTICE_MS) {
    const { notice } = this.parts;
    notice.textContent = words;
    notice.hidden = false;
    clearTimeout(this.noticeTimer);
    if (milliseconds !== Infinity) this.noticeTimer = setTimeout(() => this.unnotice(), milliseconds);
  }

  unnotice() {
    clearTimeout(this.noticeTimer);
    this.parts.notice.hidden = true;
    this.parts.notice.textContent = "";
  }

  say(words) {
    if (this.parts.said.textContent !== words) this.parts.said.textContent = words;
  }
}

customElements.define("study-player", StudyPlayer);
