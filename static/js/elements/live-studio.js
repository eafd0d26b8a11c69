// <live-studio>: a teacher's page. Checks camera and microphone, goes on the air in one click, says how the line is.

import { deviceWords, recorderType } from "../kernel/recorders.js";
import { clockFace } from "../kernel/words.js";
import { Ear, nameDevices } from "./ear.js";
import { LiveLine } from "./live-line.js";
import { WhipLine } from "./whip-line.js";

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const SOUND = { echoCancellation: true, noiseSuppression: true };

class LiveStudio extends HTMLElement {
  connectedCallback() {
    if (this.line) return;
    this.parts = {};
    for (const part of this.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    const { session, whip, key } = this.dataset;
    const isQuick = whip && "RTCPeerConnection" in window && "setCodecPreferences" in RTCRtpTransceiver.prototype;
    this.use(isQuick ? new WhipLine(whip, key) : new LiveLine(session));
    this.began = Number(this.dataset.elapsed) ? performance.now() - Number(this.dataset.elapsed) : null;
    this.addEventListener("change", (event) => this.choose(event));
    this.parts.check.addEventListener("click", () => this.check());
    this.parts.start.addEventListener("click", () => this.start());
    this.parts.end.addEventListener("submit", (event) => this.end(event));
    window.addEventListener("beforeunload", (event) => this.isLive && event.preventDefault());
    this.timer = setInterval(() => this.tick(), 200);
    this.check();
  }

  use(line) {
    this.line = line;
    for (const name of ["live", "down", "again", "progress", "refused", "bye", "fell"])
      line.addEventListener(name, ({ detail }) => this.line === line && this[`on_${name}`](detail));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.line.leave();
    this.release();
  }

  get source() {
    return this.querySelector("input[name=source]:checked").value;
  }

  say(words, tone = "") {
    this.parts.words.textContent = words;
    this.parts.words.dataset.tone = tone;
  }

  // Opens what was chosen and shows it. A screen is asked for when the lesson begins: it needs a click of its own.
  async check() {
    this.parts.start.disabled = true;
    this.release();
    const { source } = this;
    if (!navigator.mediaDevices || !window.MediaRecorder) {
      this.say(deviceWords("", source), "bad");
      return;
    }
    if (source === "screen") {
      this.parts.start.disabled = false;
      this.say("点“开始直播”后，请在浏览器的窗口里选择要共享的屏幕。");
      return;
    }
    this.say("正在打开设备，请在浏览器询问时选择“允许”。");
    await this.open(source);
  }

  async open(source) {
    try {
      this.stream = await this.streamOf(source);
    } catch (error) {
      this.say(deviceWords(error.name, source), "bad");
      return false;
    }
    const hasPicture = source !== "sound";
    if (!recorderType(hasPicture, (type) => MediaRecorder.isTypeSupported(type))) {
      this.say(deviceWords("", source), "bad");
      return false;
    }
    this.parts.preview.srcObject = this.stream;
    for (const track of this.stream.getTracks()) track.addEventListener("ended", () => this.trackEnded());
    this.ear = new Ear(this.stream);
    await nameDevices(this.parts.camera, "videoinput");
    await nameDevices(this.parts.microphone, "audioinput");
    this.parts.start.disabled = false;
    if (!this.isLive) this.say(source === "sound" ? "麦克风已打开，请说句话看音量。" : "设备已打开，请看画面、说句话看音量。", "ok");
    return true;
  }

  async streamOf(source) {
    const chosen = (part) => (this.parts[part].value ? { deviceId: { exact: this.parts[part].value } } : {});
    const audio = { ...SOUND, ...chosen("microphone") };
    if (source === "sound") return navigator.mediaDevices.getUserMedia({ audio });
    if (source === "camera") return navigator.mediaDevices.getUserMedia({ audio, video: { ...CAMERA, ...chosen("camera") } });
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
    const voice = await navigator.mediaDevices.getUserMedia({ audio });
    return new MediaStream([...screen.getVideoTracks(), ...voice.getAudioTracks()]);
  }

  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.ear?.close();
    this.ear = null;
    this.parts.preview.srcObject = null;
  }

  tick() {
    if (this.ear) {
      this.parts.level.value = this.ear.level();
      this.parts.hears.textContent = this.ear.hears ? "有声音" : "还没有声音";
    }
    if (this.isLive && this.began !== null) this.parts.clock.textContent = clockFace(performance.now() - this.began);
  }

  async choose({ target }) {
    if (target.name !== "source" && target.dataset.part !== "camera" && target.dataset.part !== "microphone") return;
    this.parts.cameras.hidden = this.source !== "camera";
    if (!this.isLive) {
      await this.check();
      return;
    }
    const before = this.stream;
    this.ear?.close();
    this.ear = null;
    if (await this.open(this.source)) {
      this.line.begin(this.stream, this.source);
      for (const track of before?.getTracks() ?? []) track.stop();
    } else {
      this.stream = before;
    }
  }

  async start() {
    this.parts.start.disabled = true;
    if (!this.stream && !(await this.open(this.source))) {
      this.parts.start.disabled = false;
      return;
    }
    this.say("正在连接…");
    this.line.begin(this.stream, this.source);
  }

  async trackEnded() {
    if (!this.isLive) return;
    this.say("画面或声音已停止（停止了共享，或设备被拔出）。请重新选择画面来源，再点“继续直播”。", "bad");
    this.show(false);
    await this.line.finish();
    this.release();
    this.parts.start.disabled = false;
  }

  // Ends the lesson: first the rest of the recording, then the form.
  async end(event) {
    if (this.isEnding || !this.isLive) return;
    event.preventDefault();
    this.isEnding = true;
    this.say("正在保存录制…");
    await this.line.finish();
    this.isLive = false;
    this.release();
    this.parts.end.submit();
  }

  show(isLive) {
    this.isLive = isLive;
    this.classList.toggle("is-live", isLive);
    this.parts.sign.hidden = !isLive;
    this.parts.start.hidden = isLive;
    this.parts.end.hidden = !isLive && this.began === null;
    this.parts.start.textContent = this.began === null ? "开始直播" : "继续直播";
  }

  on_live({ isNew }) {
    this.began ??= performance.now();
    this.show(true);
    this.say(isNew ? this.liveWords : "网络已恢复，断线时的内容已补上。", "ok");
  }

  get liveWords() {
    return this.hasFallen ? "正在直播（普通方式，学员看到的画面晚几秒）。" : "正在直播。";
  }

  // The quick line does not carry it: the other one does, without a click.
  on_fell() {
    this.hasFallen = true;
    this.say("低延迟线路连不上，正在改用普通方式直播…", "warn");
    this.use(new LiveLine(this.dataset.session));
    this.line.begin(this.stream, this.source);
  }

  on_down({ grace, isLossy }) {
    if (this.isLive && isLossy) this.say("网络断开，正在重连，请不要关闭本页。", "warn");
    else if (this.isLive) this.say(`网络断开，正在重连。${grace}秒内恢复的，学员不会缺内容；请不要关闭本页。`, "warn");
  }

  on_again() {
    this.say("断开时间较长，正在重新开始，学员会看到短暂停顿。", "warn");
  }

  on_progress({ behind }) {
    if (behind > 40) this.say("上行网络较慢，画面正在排队。请靠近路由器，或改为“仅声音”。", "warn");
    else if (this.parts.words.dataset.tone === "warn") this.say("正在直播，网络已恢复。", "ok");
  }

  on_refused({ detail }) {
    this.show(false);
    this.parts.start.disabled = false;
    this.say(detail, "bad");
  }

  on_bye({ code, detail }) {
    this.show(false);
    this.say(detail, "bad");
    this.parts.start.disabled = code === "live_ended";
  }
}

customElements.define("live-studio", LiveStudio);
