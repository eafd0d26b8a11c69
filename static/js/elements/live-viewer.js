// <live-viewer>: watches a live lesson close behind its teacher, and says in words whatever keeps the picture away.

import { Fall, smallest } from "../kernel/ways.js";
import { WatchLine } from "./watch-line.js";

const NEAR = {
  liveSyncDuration: 2, // seconds behind the end of the playlist, in pieces of one second
  liveMaxLatencyDuration: 6, // after an outage it jumps instead of staying behind for the whole lesson
  maxLiveSyncPlaybackRate: 1.5,
  backBufferLength: 30,
  manifestLoadingMaxRetry: 0,
};
const LOOK_MS = 4000;
const SPREAD_MS = 2000;
const AGAIN_MS = 2000;
const NATIVE_BEHIND_MS = 4000; // a player that is not ours tells nothing; measured of Chromium's
const DIRECT_BEHIND_MS = 100;
const MOST_RELAY_FAULTS = 4; // then the platform's own stream is played: a relay that is down costs seconds, not the lesson
const KEPT = "live-way";
const FELL = "网络较慢，已改为仅声音，稍后自动恢复画面。";
const SOUND = "仅声音，没有画面。";
const USUAL = "低延迟画面连不上，已改用普通画面，比教师晚几秒。";
const FULL = "低延迟画面的名额已满，已改用普通画面，比教师晚几秒。";
const PASSING_MS = 10_000; // such words lie on the picture
const WORDS = {
  open: "教师已进入教室，正在准备，开播后自动播放。",
  scheduled: "直播还没有开始，开播后自动播放。",
  live: "正在接收画面…",
  interrupted: "教师的网络中断，恢复后自动继续，请不要离开。",
  ended: "这次直播课已经结束。",
  cancelled: "这次直播课已经取消。",
};

class LiveViewer extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.video = this.querySelector("video");
    this.words = this.querySelector("[data-words]");
    this.tag = this.querySelector("[data-tag]");
    this.playButton = this.querySelector("[data-play]");
    this.state = this.dataset.state;
    this.relayFaults = this.dataset.relayed ? 0 : MOST_RELAY_FAULTS;
    this.ways = this.querySelector("[data-ways]");
    this.way = this.querySelector("[data-way]");
    this.fall = new Fall();
    this.way.addEventListener("change", () => this.choose());
    this.playButton.addEventListener("click", () => this.play());
    for (const name of ["playing", "waiting", "pause", "stalled"]) this.video.addEventListener(name, () => this.show());
    window.addEventListener("online", () => this.look());
    window.addEventListener("offline", () => this.show());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    this.show();
    this.look();
  }

  disconnectedCallback() {
    clearTimeout(this.looker);
    this.leave();
  }

  get isPlaying() {
    return !this.video.paused && this.video.readyState > 2;
  }

  // How much later than the room's news the picture comes: slides wait for it.
  get behindMs() {
    if (!this.isPlaying) return 0;
    if (this.direct) return DIRECT_BEHIND_MS;
    return this.hls ? 1000 * this.hls.latency : NATIVE_BEHIND_MS;
  }

  get isSound() {
    return this.fall.isDown || this.way.value === "sound";
  }

  get source() {
    if (this.isSound) return this.dataset.sound;
    if (this.way.value === "low") return this.dataset.low;
    return this.relayFaults < MOST_RELAY_FAULTS ? this.dataset.relayed : this.dataset.src;
  }

  // How does the lesson stand? Asked all the time: this is how a page learns of a beginning, a break and the end.
  async look() {
    clearTimeout(this.looker);
    try {
      const answer = await fetch(this.dataset.stateSrc, { cache: "no-store" });
      if (answer.status === 403 || answer.status === 404) {
        this.refused(await answer.text());
        return;
      }
      if (answer.ok) this.stands(await answer.json());
    } catch {
      this.show();
    }
    this.looker = setTimeout(() => this.look(), LOOK_MS + Math.random() * SPREAD_MS);
  }

  // Offers what the server makes; what was chosen before is chosen again.
  offer(made) {
    this.made = made;
    this.ways.hidden = made.length === 0;
    for (const option of this.way.options) {
      if (option.value !== "auto") option.hidden = option.disabled = !made.includes(option.value);
    }
    if (!this.isOffered && made.length) {
      this.isOffered = true;
      const kept = window.localStorage.getItem(KEPT);
      if (made.includes(kept)) this.way.value = kept;
    }
  }

  choose() {
    window.localStorage.setItem(KEPT, this.way.value);
    this.fall.reset();
    this.again();
  }

  // Goes on with another source.
  again() {
    this.leave();
    this.relayFaults = this.dataset.relayed ? 0 : MOST_RELAY_FAULTS;
    if (this.state === "live") this.fetch();
    this.show();
  }

  stalled() {
    if (this.way.value === "sound" || !this.made?.includes("sound")) return;
    const need = smallest(this.hls.levels);
    if (this.fall.stalled(performance.now(), { estimate: this.hls.bandwidthEstimate, need })) this.again();
  }

  // Is it published by WebRTC, and may it still be tried? What was lost once is tried again with the next publication.
  get isDirect() {
    return Boolean(this.dataset.watch && this.mark && this.mark !== this.lostMark && "RTCPeerConnection" in window) &&
      this.way.value === "auto" && !this.fall.isDown;
  }

  stands({ state, name, ways, direct }) {
    this.state = state;
    this.offer(ways ?? []);
    this.mark = direct || this.mark;
    if (state === "live" && this.isFetching && this.isDirect && this.direct?.mark !== this.mark) this.leave();
    if (state === "ended" && this.direct) this.leave();
    if (this.fall.isOver(performance.now())) this.again();
    this.tag.textContent = name;
    this.classList.toggle("is-live", state === "live");
    if (state === "live" && !this.isFetching) this.fetch();
    this.show();
  }

  refused(words) {
    this.leave();
    this.video.hidden = true;
    this.say(words || "不能再观看这次直播课，请刷新页面查看原因。");
  }

  watch() {
    const line = new WatchLine(this.dataset.watch, this.dataset.key);
    this.direct = line;
    line.mark = this.mark;
    this.passing = "";
    line.addEventListener("lost", ({ detail }) => {
      if (this.direct !== line) return;
      this.lostMark = line.mark;
      this.pass(detail.isFull ? FULL : USUAL);
      this.again();
    });
    line.begin(this.video).then(() => this.direct === line && this.play());
  }

  // Says something for a while, once the picture plays.
  pass(words) {
    this.passing = words;
    const end = () => {
      this.passing = "";
      this.show();
    };
    this.video.addEventListener("playing", () => setTimeout(end, PASSING_MS), { once: true });
  }

  async fetch() {
    this.isFetching = true;
    if (this.isDirect) {
      this.watch();
      return;
    }
    const { default: Hls } = await import("../../vendor/hls/hls.min.mjs").catch(() => ({ default: null }));
    if (Hls === null) {
      this.isFetching = false;
      return;
    }
    if (!Hls.isSupported()) {
      this.video.src = this.source;
      this.video.addEventListener("error", () => setTimeout(() => (this.video.src = this.next()), AGAIN_MS));
      await this.play();
      return;
    }
    this.hls = new Hls(NEAR);
    this.hls.on(Hls.Events.MANIFEST_PARSED, () => this.play());
    this.hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.fatal) this.broke(Hls, data);
      else if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.stalled();
    });
    this.hls.loadSource(this.source);
    this.hls.attachMedia(this.video);
  }

  // Where it is tried again after a fault.
  next() {
    this.relayFaults += 1;
    return this.source;
  }

  broke(Hls, data) {
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.recovered) {
      this.recovered = true;
      this.hls.recoverMediaError();
      return;
    }
    this.recovered = false;
    this.next();
    this.leave();
    this.show();
    clearTimeout(this.looker);
    this.looker = setTimeout(() => this.look(), AGAIN_MS);
  }

  leave() {
    this.hls?.destroy();
    this.hls = null;
    if (this.direct) {
      const { direct } = this;
      this.direct = null;
      direct.leave();
      this.video.srcObject = null;
    }
    this.isFetching = false;
  }

  async play() {
    this.needsTap = false;
    try {
      await this.video.play();
    } catch (error) {
      this.needsTap = error.name === "NotAllowedError";
    }
    this.show();
  }

  say(words) {
    if (this.words.textContent !== words) this.words.textContent = words;
    this.words.hidden = words === "";
  }

  show() {
    this.playButton.hidden = !this.needsTap;
    if (this.needsTap) this.say("浏览器需要您点一下才能播放声音。");
    else if (!navigator.onLine) this.say("您的网络已断开，恢复后自动继续。");
    else if (this.isPlaying && this.state === "interrupted") this.say(WORDS.interrupted);
    else if (this.isPlaying && this.state !== "ended") this.say(this.fall.isDown ? FELL : this.isSound ? SOUND : (this.passing ?? ""));
    else if (this.isPlaying) this.say("");
    else if (this.video.paused && this.video.currentTime > 0 && this.state === "live" && (this.hls || this.direct)) {
      this.playButton.hidden = false;
      this.say("已暂停，点“播放”回到直播。");
    } else this.say(WORDS[this.state] ?? "");
  }
}

customElements.define("live-viewer", LiveViewer);
