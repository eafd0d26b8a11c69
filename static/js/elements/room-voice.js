// Speaking in a room by voice, once invited: record, listen to it, send it or record anew. Nothing leaves the page before.

import { openWords } from "../kernel/devices.js";
import { recorderType } from "../kernel/recorders.js";
import { clockFace } from "../kernel/words.js";
import { RoomPart, write } from "./room-parts.js";
import { voiceNote } from "./voice-note.js";

const SPEECH_BITS = 48000;
const TURN_MS = 250;

export class RoomVoice extends RoomPart {
  constructor(room) {
    super(room);
    const { parts } = this;
    this.most = Number(parts.voice.dataset.seconds) * 1000;
    parts.voiceRecord.addEventListener("click", () => (this.recorder ? this.finish() : this.record()));
    parts.voiceSend.addEventListener("click", () => this.send());
    parts.voiceDrop.addEventListener("click", () => this.drop());
  }

  // What was recorded stays before the learner when the invitation ends; it can no longer be sent then, the server says why.
  show() {
    const { maySpeak } = this.model;
    if (!maySpeak && this.recorder) this.finish();
    this.parts.voice.hidden = !maySpeak && !this.taken;
    this.parts.voiceRecord.hidden = Boolean(this.taken);
    this.parts.voiceAfter.hidden = !this.taken;
  }

  complain(words) {
    write(this.parts.voiceError, words);
    this.parts.voiceError.hidden = words === "";
  }

  async record() {
    const type = window.MediaRecorder ? recorderType(false, (one) => MediaRecorder.isTypeSupported(one)) : "";
    const can = { isSecure: window.isSecureContext, hasDevices: Boolean(navigator.mediaDevices?.getUserMedia), inWeChat: /MicroMessenger/i.test(navigator.userAgent) };
    this.complain("");
    this.parts.voiceRecord.disabled = true;
    try {
      if (!can.hasDevices || !type) throw new DOMException("", "NotSupportedError");
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      this.begin(type);
    } catch (error) {
      this.complain(`${openWords(error.name, "sound", can, "开始录音")}也可以打字发言。`);
    }
    this.parts.voiceRecord.disabled = false;
  }

  begin(type) {
    this.pieces = [];
    this.recorder = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: SPEECH_BITS });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.pieces.push(data));
    this.recorder.addEventListener("stop", () => this.took(type));
    this.recorder.start();
    this.began = performance.now();
    this.timer = setInterval(() => this.tick(), TURN_MS);
    write(this.parts.voiceRecord, "停止录音");
    write(this.parts.voiceWords, "正在录音。");
    this.tick();
  }

  tick() {
    const spent = performance.now() - this.began;
    write(this.parts.voiceLeft, `还可以说 ${clockFace(Math.max(0, this.most - spent))}`);
    if (spent >= this.most) this.finish();
  }

  finish() {
    clearInterval(this.timer);
    this.length = Math.min(this.most, performance.now() - this.began);
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  took(type) {
    this.release();
    this.taken = new Blob(this.pieces, { type: type.split(";")[0] });
    this.key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.address = URL.createObjectURL(this.taken);
    this.parts.voiceHeard.replaceChildren(voiceNote({ url: this.address, seconds: Math.max(1, Math.round(this.length / 1000)) }, "自己"));
    write(this.parts.voiceWords, "录好了，可以先听一遍再发送。");
    this.show();
    this.parts.voiceSend.focus();
  }

  release() {
    clearInterval(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.recorder = null;
    write(this.parts.voiceRecord, "开始录音");
    write(this.parts.voiceLeft, "");
  }

  async send() {
    const { parts } = this;
    const form = new FormData();
    form.append("file", this.taken, "voice");
    form.append("key", this.key);
    parts.voiceSend.disabled = true;
    const done = await this.room.deed(() => this.ask("POST", "/voices", form), (item) => this.model.on_message(item), parts.voiceError);
    parts.voiceSend.disabled = false;
    if (!done) return;
    this.drop("已发送，处理好后大家就能听到。");
    parts.log.scrollTop = parts.log.scrollHeight;
  }

  drop(words = "") {
    URL.revokeObjectURL(this.address);
    this.taken = null;
    this.parts.voiceHeard.replaceChildren();
    this.complain("");
    write(this.parts.voiceWords, words);
    this.show();
    if (!this.parts.voiceRecord.closest("[hidden]")) this.parts.voiceRecord.focus();
  }

  // The room is over: the microphone goes.
  stop() {
    if (this.recorder) this.finish();
  }
}
