// A lesson under study: plays, reports, asks, and says in words what counts. The server decides; this only shows it.

import { Outbox } from "../kernel/outbox.js";
import { Sampler, sleptFor } from "../kernel/sampler.js";
import { SeekGuard } from "../kernel/seeking.js";
import { clockFace, minutesWords } from "../kernel/words.js";
import { FilmControls, partsOf } from "./film-controls.js";
import { CheckDialog } from "./study-check.js";
import { Drawer } from "./study-drawer.js";
import { FaceGate } from "./study-face.js";
import { StudyLine } from "./study-line.js";
import { FilmSource, PageSource } from "./study-sources.js";

const END_SLOP = 1500;
const READ_MS = 4000; // so long a sentence stands that somebody is to read
const NOTICE_MS = 8000;
const LIVE = { ok: "已保存", offline: "网络断开，恢复后自动补报", hidden: "页面在后台，学习时间不计入" };
const SIGNED_OUT = { code: "signed_out", detail: "登录已失效。最近一次“已保存”之前的学习都在，请重新登录后接着学。" };
const ENDED = { code: "media_ended", detail: "离开太久，播放地址已失效。已学时间都已保存，请点“在这里继续”。" };
const LEFT = { code: "left", detail: "您离开过这一页。已学时间都已保存，请点“在这里继续”。" };
const NOT_BEGUN = "请先点“开始学习”，再从文字稿跳转。";
const NOT_REACHED = "这一句还没有学到。首次学习要按顺序，学过的部分可以随意回看。";
const NOTICES = {
  seek: "首次学习不能向前拖动，学过的部分可以随意回看。",
  cut: "网络断开，视频暂停。网络恢复后点播放继续，已看的部分会补报。",
  back: "网络已恢复，点播放接着学。",
  unplayable: "视频加载不出来。请刷新页面再试；如仍不行，请联系培训机构。",
};

class StudyPlayer extends HTMLElement {
  connectedCallback() {
    if (this.line) return;
    const { api, csrf, kind, length, free, slop } = this.dataset;
    this.length = Number(length);
    this.goesOn = this.dataset.failed === "continue";
    this.waiting = this.dataset.waits;
    this.line = new StudyLine({ api, csrf });
    this.drawer = new Drawer();
    this.guardOptions = { slop: Number(slop), free: free === "1" };
    this.source = kind === "video" ? new FilmSource(this.querySelector("video")) : new PageSource(this.length);
    this.parts = partsOf(this);
    this.films = [...this.querySelectorAll("study-film")];
    const send = (challenge, frames) => this.line.sendFaces(challenge, frames);
    this.dialog = new CheckDialog(this.parts, {
      onAnswer: (answer) => this.answer(answer),
      onFace: (check) => ({ draw: (capture) => this.line.drawForCheck(check, capture), send }),
      onEnd: (result) => this.heard(result),
      onLost: () => this.hold(),
    });
    this.gate = new FaceGate(this.parts, {
      draw: (capture) => this.line.drawForStart(this.dataset, capture),
      send,
      onPassed: () => this.start(),
    });
    if (this.source.isFilm) this.controls = this.makeControls();
    this.listen();
    this.parts.start.disabled = false; // rendered disabled: a tap before this script would be lost
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    if (this.line) this.leave();
  }

  makeControls() {
    const { parts, source, length } = this;
    return new FilmControls({
      parts,
      source,
      length,
      preview: this.querySelector("seek-preview"),
      fastest: Number(this.dataset.rate) / 100,
      onToggle: () => (source.playing ? source.pause() : this.resume()),
      onSeek: (position) => this.seek(position),
    });
  }

  listen() {
    const { parts, source } = this;
    parts.start.addEventListener("click", () => this.start());
    for (const name of ["play", "pause", "ended", "playing", "waiting"]) source.addEventListener(name, () => this.changed());
    source.addEventListener("seeking", () => this.guardSeek());
    source.addEventListener("ratechange", () => this.guardRate());
    this.line.addEventListener("stop", (event) => this.stopped(event.detail));
    document.addEventListener("visibilitychange", () => this.looked());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.sampler && this.stopped(LEFT));
    document.addEventListener("freeze", () => this.sample());
    document.addEventListener("resume", () => this.tick());
    this.watch(source);
    if (this.films.length) customElements.whenDefined("study-film").then(() => this.films.forEach((film) => this.watch(film.source)));
    window.addEventListener("offline", () => this.say(LIVE.offline));
    window.addEventListener("online", () => this.backOnline());
  }

  watch(source) {
    source.addEventListener("cut", () => this.notice(NOTICES.cut, Infinity));
    source.addEventListener("unplayable", () => this.notice(NOTICES.unplayable, Infinity));
    source.addEventListener("ended-address", () => this.stopped(ENDED));
  }

  // What was watched before the look away is claimed first; then nothing plays on that would not count.
  looked() {
    this.changed();
    if (!this.sampler || this.hasStopped) return;
    if (document.hidden) {
      this.wasPlaying = this.source.playing;
      this.source.pause();
      this.films.forEach((film) => film.source.pause());
      if (this.wasPlaying && this.source.isFilm) this.notice(`您离开了页面，已暂停在 ${clockFace(this.source.position)}，点播放接着学。`, Infinity);
    } else if (this.wasPlaying && !this.source.isFilm) this.source.play();
  }

  async backOnline() {
    const sources = [this.source, ...this.films.flatMap((film) => film.source ?? [])];
    if (sources.some((source) => source.isBroken)) this.notice(NOTICES.back);
    await Promise.all(sources.map((source) => source.recover()));
    this.report();
  }

  async start() {
    const { parts } = this;
    if (this.mustSignIn) {
      window.location.assign(`/accounts/login/?next=${encodeURIComponent(window.location.pathname)}`);
      return;
    }
    if (parts.start.disabled) return; // another press opens it already
    parts.start.disabled = true;
    parts.stop.hidden = true;
    await this.drawer.sendAll((kept) => this.line.sendKept(kept)); // before the new session ends the one they belong to
    try {
      await this.begin(await this.line.begin(this.dataset));
    } catch (error) {
      parts.start.disabled = false;
      if (error.status === 401) this.stopped(SIGNED_OUT);
      else if (error.problem?.code === "face_required") this.gate.ask(error.problem.detail);
      else this.stopped({ code: error.problem?.code ?? "offline", detail: error.problem?.detail ?? "连接不上服务器，请检查网络后重试。" });
    }
    parts.start.disabled = false;
  }

  async begin(opened) {
    this.outbox = new Outbox();
    this.sampler = new Sampler();
    this.session = opened.id;
    this.token = opened.token;
    this.beatMs = opened.beat_seconds * 1000;
    this.tickedAt = undefined;
    this.guard = new SeekGuard({ ...this.guardOptions, limit: opened.seek_limit });
    this.furthest = opened.seek_limit;
    this.wentBackTo = null;
    this.hasStopped = false;
    this.isHeld = false;
    this.parts.cover.hidden = true;
    if (opened.media) await this.controls.load(opened.media); // the addresses of an earlier session have ended with it
    if (this.films.length) await this.offer(opened.films);
    if (opened.package) this.querySelector("scorm-lesson").open(opened.package, this.line, opened.id);
    if (opened.resume_at) this.source.seek(opened.resume_at);
    this.show(opened);
    await this.source.play();
    this.sample();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), this.beatMs);
    clearInterval(this.clock);
    this.clock = setInterval(() => this.controls?.showPosition(), 500);
    (this.parts.toggle ?? this.parts.title).focus(); // the button that was pressed is covered up
  }

  async offer(films) {
    await customElements.whenDefined("study-film");
    const media = new Map(films.map((film) => [film.id, film.media]));
    this.films.filter((film) => media.has(film.dataset.film)).forEach((film) => film.offer(media.get(film.dataset.film)));
  }

  resume() {
    this.unnotice();
    if (this.hasStopped || !this.line.session) return this.start();
    return this.source.play();
  }

  tick() {
    this.wake();
    this.sample();
    this.report();
  }

  // Timers that stood still (a machine asleep, a frozen tab): a text was not read meanwhile. A film stood still by itself.
  wake() {
    const now = performance.now();
    const asleep = sleptFor(now - (this.tickedAt ?? now), this.beatMs);
    this.tickedAt = now;
    if (asleep > 0 && this.source.playing) this.source.skipBack?.(asleep);
  }

  // What is left to say when the page goes.
  leave() {
    this.sample();
    this.line.leave(this.token, this.outbox?.next() ?? []);
    this.keep();
  }

  // The device keeps what the server has not acknowledged.
  keep() {
    const { session } = this;
    if (!session) return;
    if (this.outbox.isEmpty) this.drawer.drop(session);
    else this.drawer.keep(session, this.token, this.outbox);
  }

  changed() {
    if (!this.sampler || this.hasStopped) return;
    this.sample();
    if (document.hidden) this.say(LIVE.hidden);
    this.report();
  }

  sample() {
    if (!this.sampler) return;
    const { position, playing, rate } = this.source;
    const claim = this.sampler.sample({ position: Math.min(position, this.length), playing, rate, visible: !document.hidden });
    if (claim) {
      this.outbox.add(claim);
      this.keep();
    }
    if (playing) this.furthest = Math.max(this.furthest, position);
  }

  async report() {
    if (this.isReporting || this.hasStopped || !this.line.session || this.outbox.isEmpty) return;
    this.isReporting = true;
    try {
      const beats = this.outbox.next();
      const ack = await this.line.beats(this.token, beats);
      this.outbox.acknowledge(ack.stop ? Infinity : ack.acked_seq);
      if (ack.token) this.token = ack.token;
      this.keep();
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
    this.pendingSeconds = ack.pending_seconds;
    parts.pending.textContent = ack.pending_seconds ? `${minutesWords(ack.pending_seconds)}待确认（${this.waiting}）` : "";
    parts.bar.value = Math.min(100, Math.floor((ack.covered_seconds * 100000) / Math.max(1, this.length)));
    const time = new Date(ack.server_time).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
    if (!document.hidden && performance.now() >= (this.saidUntil ?? 0)) this.say(`${LIVE.ok} ${time}`);
    if (ack.check) this.dialog.ask(ack.check);
    else if (this.dialog.id !== null) this.ranOut();
    this.hasAllCounted = this.isWhole(ack);
    if (parts.done && this.hasAllCounted && !ack.check) parts.done.hidden = false;
  }

  // Players stop a few frames before the stated length; the server allows for the same.
  isWhole(ack) {
    const near = this.length - END_SLOP;
    return ack.seek_limit >= near && ack.covered_seconds >= Math.floor(near / 1000);
  }

  // The check was settled without an answer of this page, and the session goes on: how it ended, the server says.
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

  // Nothing plays on while somebody reads how a check ended.
  hold() {
    this.isHeld = this.source.playing;
    this.source.pause();
  }

  heard(result) {
    const { parts, dialog } = this;
    if (result.result === "again" && result.check) {
      dialog.ask(result.check, result.detail);
      return;
    }
    dialog.forget();
    parts.toggle?.focus();
    if (result.result === "passed") {
      if (!result.pending_seconds) parts.pending.textContent = "";
      this.say(result.detail);
      this.saidUntil = performance.now() + READ_MS;
      // What is still on its way may bring the check of the lesson's end: only what the server counted ends a lesson.
      if (parts.done && this.hasAllCounted) parts.done.hidden = false;
    } else if (this.goesOn) {
      this.withhold();
      this.notice(result.detail, Infinity);
      if (this.isHeld && !document.hidden) this.source.play();
      this.isHeld = false;
    } else this.stopped({ code: "check", detail: result.detail });
  }

  // What waited for a check that is lost stands in the count until the server tells a new one.
  withhold() {
    if (this.pendingSeconds) this.parts.pending.textContent = `其中${minutesWords(this.pendingSeconds)}暂不认定`;
    this.pendingSeconds = 0;
  }

  stopped(stop) {
    const { parts } = this;
    if (stop.code === "check") this.withhold();
    this.hasStopped = true;
    clearInterval(this.timer);
    this.dialog.forget();
    this.source.pause();
    this.querySelector("scorm-lesson")?.close();
    this.films.forEach((film) => film.withdraw?.());
    this.line.hangUp();
    parts.stopWords.textContent = stop.detail;
    parts.stop.hidden = false;
    this.mustSignIn = stop.code === "signed_out";
    parts.faceSetup.hidden = stop.code !== "face_setup_required";
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
      this.source.setRate(most);
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
    this.controls?.showPosition();
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
