// <device-check>: camera, microphone, speaker, line and playback before a lesson. Nothing is recorded, nothing kept.

import { browserFault, isWeChat, lineWords, megabits, openWords, sumWords } from "../kernel/devices.js";
import { Ear, nameDevices } from "./ear.js";

const ROUNDS = 2; // of each direction, after a first piece that only warms the line up
const LONGEST_MS = 20_000;
const PLAYED_SECONDS = 1;
const SILENT_MS = 5000;
const TONES = [523, 659, 784];
const WORDS = {
  browser: "浏览器可以上直播课。",
  measuring: "正在测网速，请稍候…",
  unmeasured: "连不上本站，没有测出网速。请检查网络后再点“测网速”。",
  tone: "正在播放三个音。听到了吗？",
  muted: "浏览器没有播放声音。请再点一次“播放测试音”，并检查系统是否静音。",
  heard: "扬声器正常。",
  deaf: "请调大音量，检查是否静音、耳机是否插好、蓝牙耳机是否连到别的设备，再点“播放测试音”。",
  playing: "正在播放样片…",
  plays: "视频可以播放。",
  stuck: "样片没有播放。请升级浏览器，或换用新版 Chrome、Edge、Safari 或微信，再试一次。",
  opening: "请在浏览器询问时选择“允许”。",
  speak: "麦克风已打开，请说句话，音量条会动。",
  hears: "听到了您的声音，麦克风正常。",
  silent: "没有听到声音。请检查麦克风是否静音、是否选对了设备，靠近麦克风再说一句。",
  seen: "摄像头已打开。画面清楚的就可以；太暗的，请面向光线。",
};

class DeviceCheck extends HTMLElement {
  connectedCallback() {
    if (this.parts) return;
    this.parts = {};
    for (const part of this.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.tones = {};
    this.must = this.dataset.teaches === "1" ? ["browser", "line", "microphone"] : ["browser", "line", "speaker", "playing"];
    const deeds = {
      measure: () => this.measure(),
      tone: () => this.tone(),
      heard: () => this.say("speaker", WORDS.heard, "ok"),
      deaf: () => this.say("speaker", WORDS.deaf, "bad"),
      play: () => this.play(),
      openMicrophone: () => this.openMicrophone(),
      openCamera: () => this.openCamera(),
    };
    for (const [part, deed] of Object.entries(deeds)) this.parts[part].addEventListener("click", deed);
    this.parts.chosenMicrophone.addEventListener("change", deeds.openMicrophone);
    this.parts.chosenCamera.addEventListener("change", deeds.openCamera);
    window.addEventListener("pagehide", () => this.release());
    this.timer = setInterval(() => this.tick(), 200);
    this.browser();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.release();
  }

  get can() {
    return {
      isSecure: window.isSecureContext,
      hasSockets: "WebSocket" in window,
      hasPlayer: "MediaSource" in window || this.parts.film.canPlayType("application/vnd.apple.mpegurl") !== "",
      hasDevices: Boolean(navigator.mediaDevices?.getUserMedia),
      inWeChat: isWeChat(navigator.userAgent),
    };
  }

  say(part, words, tone = "") {
    this.parts[part].textContent = words;
    this.parts[part].dataset.tone = tone;
    this.tones[part] = tone;
    const sum = sumWords(this.tones, this.must);
    if (this.parts.sum.textContent !== sum.words) this.parts.sum.textContent = sum.words;
    this.parts.sum.dataset.tone = sum.tone;
  }

  browser() {
    const fault = browserFault(this.can);
    this.say("browser", fault || WORDS.browser, fault ? "bad" : "ok");
  }

  async measure() {
    this.parts.measure.disabled = true;
    this.say("line", WORDS.measuring);
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), LONGEST_MS);
    try {
      const down = await this.speed(() => this.fetchPiece(stop.signal));
      const up = await this.speed(() => this.sendPiece(stop.signal));
      const { words, tone } = lineWords({ down, up }, this.dataset.teaches === "1");
      this.say("line", words, tone);
    } catch (error) {
      if (error.words) this.say("line", error.words, "warn");
      else if (error.name === "AbortError") this.say("line", lineWords({ down: 0, up: 0 }, false).words, "bad");
      else this.say("line", WORDS.unmeasured, "bad");
    }
    clearTimeout(late);
    this.parts.measure.disabled = false;
  }

  // The better of two pieces: other work on the line or on the server says nothing of what the line can do.
  async speed(move) {
    let best = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const begun = performance.now();
      const bytes = await move();
      best = Math.max(best, megabits(bytes, performance.now() - begun));
    }
    return best;
  }

  async fetchPiece(signal) {
    const answer = await fetch(this.dataset.down, { cache: "no-store", signal });
    await this.check(answer);
    return (await answer.arrayBuffer()).byteLength;
  }

  async sendPiece(signal) {
    const piece = new Uint8Array(Number(this.dataset.bytes));
    for (let at = 0; at < piece.length; at += 65_536) crypto.getRandomValues(piece.subarray(at, at + 65_536));
    const headers = { "X-CSRFToken": this.dataset.csrf, "Content-Type": "application/octet-stream" };
    await this.check(await fetch(this.dataset.up, { method: "POST", headers, body: piece, signal }));
    return piece.length;
  }

  async check(answer) {
    if (answer.status === 429) throw Object.assign(new Error("too often"), { words: await answer.text() });
    if (!answer.ok) throw new Error(String(answer.status));
  }

  async tone() {
    this.parts.heard.hidden = this.parts.deaf.hidden = false;
    this.say("speaker", WORDS.tone);
    try {
      this.player ??= new AudioContext();
      await this.player.resume();
    } catch {
      this.say("speaker", WORDS.muted, "bad");
      return;
    }
    TONES.forEach((pitch, n) => {
      const from = this.player.currentTime + 0.5 * n;
      const voice = this.player.createOscillator();
      const loud = this.player.createGain();
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0.2, from);
      loud.gain.linearRampToValueAtTime(0, from + 0.45);
      voice.connect(loud).connect(this.player.destination);
      voice.start(from);
      voice.stop(from + 0.45);
    });
  }

  async play() {
    const { film } = this.parts;
    this.say("playing", WORDS.playing);
    film.load(); // not a seek: it asks for ranges, which not every server of files gives
    try {
      await film.play();
      const patience = performance.now() + LONGEST_MS;
      while (film.currentTime < PLAYED_SECONDS && performance.now() < patience) {
        if (film.paused) await film.play(); // a browser pauses it when a device is opened meanwhile
        await pause(100);
      }
      if (film.currentTime < PLAYED_SECONDS) this.say("playing", WORDS.stuck, "bad");
      else this.say("playing", WORDS.plays, "ok");
    } catch {
      this.say("playing", WORDS.stuck, "bad");
    }
  }

  async open(part, kind, asked) {
    this.say(part, WORDS.opening);
    this.stop(this[part]);
    try {
      this[part] = await navigator.mediaDevices.getUserMedia(asked);
    } catch (error) {
      const name = this.can.hasDevices ? error.name : "";
      this.say(part, openWords(name, part === "microphone" ? "sound" : "picture", this.can), "bad");
      return false;
    }
    const [choice, list] = kind === "audioinput" ? ["chosenMicrophone", "microphones"] : ["chosenCamera", "cameras"];
    await nameDevices(this.parts[choice], kind);
    this.parts[list].hidden = false;
    return true;
  }

  async openMicrophone() {
    this.ear?.close();
    this.ear = null;
    if (!(await this.open("microphone", "audioinput", { audio: chosen(this.parts.chosenMicrophone) }))) return;
    this.say("microphone", WORDS.speak);
    this.ear = new Ear(this.microphone);
    this.listenedAt = performance.now();
  }

  async openCamera() {
    if (!(await this.open("camera", "videoinput", { video: chosen(this.parts.chosenCamera) }))) return;
    this.parts.preview.hidden = false;
    this.parts.preview.srcObject = this.camera;
    this.say("camera", WORDS.seen, "ok");
  }

  tick() {
    if (!this.ear) return;
    this.parts.level.value = this.ear.level();
    if (this.ear.hears) {
      if (this.tones.microphone !== "ok") this.say("microphone", WORDS.hears, "ok");
    } else if (this.tones.microphone === "" && performance.now() - this.listenedAt > SILENT_MS) {
      this.say("microphone", WORDS.silent, "bad");
    }
  }

  stop(stream) {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }

  release() {
    this.stop(this.microphone);
    this.stop(this.camera);
    this.ear?.close();
    this.ear = null;
    this.player?.close();
    this.player = null;
  }
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

function chosen(select) {
  return select.value ? { deviceId: { exact: select.value } } : true;
}

customElements.define("device-check", DeviceCheck);
