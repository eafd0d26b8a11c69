// The line of a page that puts a live lesson on the air: records, sends numbered pieces, keeps what is not acknowledged,
// and goes on where the server is when the line comes back.

import { ChunkWindow } from "../kernel/chunks.js";
import { recorderType } from "../kernel/recorders.js";
import { backOff } from "../kernel/words.js";

const SLICE_MS = 200;
const SILENT_MS = 6000; // pieces wait and nothing is heard: the line is dead, whatever the socket says
const QUALITY = { videoBitsPerSecond: 1_500_000, audioBitsPerSecond: 64_000, videoKeyFrameIntervalDuration: 1000 };

export class LiveLine extends EventTarget {
  constructor(session) {
    super();
    this.session = session;
    this.window = null;
    this.socket = null;
    this.epoch = "";
    this.attempt = 0;
    this.isWanted = false;
  }

  tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  // Goes on the air with a picture, or with another one while on the air.
  begin(stream, source) {
    this.stopRecorder();
    this.stream = stream;
    this.source = source;
    this.epoch = "";
    this.isWanted = true;
    if (this.socket?.readyState === WebSocket.OPEN && this.window) this.hello();
    else if (!this.socket) this.connect();
    this.watcher ??= setInterval(() => this.watch(), 1000);
  }

  connect() {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${window.location.host}/ws/v1/live-sessions/${this.session}/broadcast`);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.addEventListener("message", (event) => this.socket === socket && this.hear(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.socket === socket && this.lost());
  }

  // A line that is dead may not say so for minutes: it is left, and another tried.
  watch() {
    if (!this.socket || performance.now() - this.heardAt < SILENT_MS) return;
    if (this.window?.behind || this.socket.readyState === WebSocket.CONNECTING) {
      const socket = this.socket;
      this.lost();
      socket.close();
    }
  }

  lost() {
    this.socket = null;
    if (!this.isWanted) return;
    this.tell("down", { behind: this.window?.behind ?? 0, grace: this.grace });
    this.again = setTimeout(() => this.connect(), backOff(this.attempt, { first: 500, most: 4000 }));
    this.attempt += 1;
  }

  hear(message) {
    this.heardAt = performance.now();
    const answer = {
      ready: () => this.ready(message),
      start: () => this.start(message),
      resume: () => this.resume(message),
      restart: () => this.restart(),
      ack: () => this.acknowledge(message),
      refused: () => this.stop("refused", message),
      bye: () => this.stop("bye", message),
      finished: () => this.tell("finished"),
    }[message.type];
    answer?.();
  }

  ready(message) {
    this.attempt = 0;
    this.grace = message.grace_seconds;
    this.window ??= new ChunkWindow({ largest: message.largest });
    this.hello();
  }

  hello() {
    const keeps = this.epoch && !this.window.isFull && this.recorder?.state === "recording";
    if (keeps) {
      this.say({ type: "hello", epoch: this.epoch, next: this.window.first });
      return;
    }
    this.stopRecorder();
    this.epoch = "";
    const hasPicture = this.stream.getVideoTracks().length > 0;
    this.mime = recorderType(hasPicture, (type) => MediaRecorder.isTypeSupported(type));
    this.say({ type: "hello", mime: this.mime, source: this.source });
  }

  start(message) {
    this.epoch = message.epoch;
    this.window.begin();
    this.record();
    this.tell("live", { isNew: true });
  }

  resume(message) {
    if (!this.window.resume(message.next)) {
      this.restart();
      return;
    }
    this.pump();
    this.tell("live", { isNew: false });
  }

  restart() {
    this.epoch = "";
    this.tell("again");
    this.hello();
  }

  acknowledge(message) {
    this.window.acknowledge(message.next);
    this.pump();
    this.tell("progress", { behind: this.window.behind });
  }

  record() {
    const recorder = new MediaRecorder(this.stream, { mimeType: this.mime, ...QUALITY });
    let turn = Promise.resolve();
    recorder.addEventListener("dataavailable", ({ data }) => {
      turn = turn.then(() => data.arrayBuffer()).then((buffer) => this.recorder === recorder && this.take(buffer));
    });
    recorder.addEventListener("stop", () => (turn = turn.then(() => recorder.done?.())));
    recorder.addEventListener("error", () => this.recorder === recorder && this.restart());
    this.recorder = recorder;
    recorder.start(SLICE_MS);
  }

  take(buffer) {
    if (this.window.add(new Uint8Array(buffer))) this.pump();
  }

  pump() {
    if (this.socket?.readyState !== WebSocket.OPEN || !this.epoch) return;
    for (const message of this.window.next()) this.socket.send(message);
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // Sends the rest of the recording and waits until the server has closed it, some seconds at most.
  async finish() {
    const recorder = this.recorder;
    if (recorder?.state === "recording") {
      await new Promise((done) => {
        recorder.done = done;
        recorder.stop();
      });
    }
    const patience = performance.now() + 5000;
    while (this.window?.behind > 3 && this.socket && performance.now() < patience) await pause(100);
    if (this.socket?.readyState === WebSocket.OPEN) {
      const closed = new Promise((done) => this.addEventListener("finished", done, { once: true }));
      this.say({ type: "finish" });
      await Promise.race([closed, pause(8000)]);
    }
    this.leave();
  }

  stop(kind, message) {
    this.leave();
    this.tell(kind, message);
  }

  leave() {
    this.isWanted = false;
    clearInterval(this.watcher);
    clearTimeout(this.again);
    this.watcher = null;
    this.stopRecorder();
    const { socket } = this;
    this.socket = null;
    this.epoch = "";
    this.window?.begin();
    socket?.close();
  }

  stopRecorder() {
    const { recorder } = this;
    this.recorder = null;
    if (recorder && recorder.state !== "inactive") recorder.stop();
  }
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
