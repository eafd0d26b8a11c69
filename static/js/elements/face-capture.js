// Takes pictures of a face: by the page's camera, or one by one as files where there is no camera (WeChat, refusal).
//
// In a form (data-single): one picture lands in the form's file input, `capture` says how it was taken. For a check:
//   await element.open()                       "camera" or "file": ask for the moves only then, the clock runs from there
//   await element.take(moves, seconds)         [{move, blob, at}], "centre" first; `at` in ms since the call; null: closed
//   element.close()                            the camera goes off; it does too when the element or the page goes

import { MOVES, QUALITY, cameraWords, fileProblem, fitted, greys, pictureHint, stepMs } from "../kernel/faces.js";

const SAMPLE = 160;
const HINT_EVERY = 700;
const READY = "把脸放进框里，正对镜头，再点“拍照”。";
const WAITS = "请在浏览器询问时选择“允许”。";
const BY_FILE = "没有使用页面摄像头，按上传照片处理，可信度较低，可能需要区办人工核对。";
const TAKEN = "已拍好。看得清楚就提交，不清楚请重拍。";
const LOST = "摄像头断开了，请重新打开，或改用拍照上传。";
const CAMERA = { audio: false, video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } } };

function make(tag, values = {}, ...children) {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
}

class FaceCapture extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.isSingle = this.hasAttribute("data-single");
    this.ownFile = this.querySelector("input[type=file]");
    this.capture = this.querySelector("input[name$=capture]");
    this.fallback = this.querySelector("[data-fallback]");
    this.lay();
    this.leave = () => this.close();
    window.addEventListener("pagehide", this.leave);
    if (!navigator.mediaDevices?.getUserMedia) this.byFile(cameraWords(""));
  }

  disconnectedCallback() {
    window.removeEventListener("pagehide", this.leave);
    this.close();
  }

  lay() {
    this.video = make("video", { muted: true, playsInline: true, className: "face-video" });
    this.video.setAttribute("aria-label", "摄像头画面");
    this.canvas = make("canvas", { className: "face-video", hidden: true });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "拍到的照片");
    this.left = make("span", { className: "face-left num" });
    this.left.setAttribute("aria-hidden", "true");
    const guide = make("span", { className: "face-guide" });
    guide.setAttribute("aria-hidden", "true");
    this.stage = make("div", { className: "face-stage", hidden: true }, this.video, this.canvas, guide, this.left);
    this.words = make("p", { className: "face-words" });
    this.words.setAttribute("role", "status");
    this.hint = make("p", { className: "face-hint t2" });
    this.error = make("p", { className: "field-error" });
    this.error.setAttribute("role", "alert");
    this.opener = this.button("打开摄像头", "btn btn-s", () => this.openSingle());
    this.shutter = this.button("拍照", "btn btn-p", () => this.shoot());
    this.again = this.button("重拍", "btn btn-s", () => this.openSingle());
    this.other = this.button("改用拍照上传", "btn btn-q", () => this.byFile(BY_FILE));
    const actions = make("p", { className: "actions" }, this.opener, this.shutter, this.again, this.other);
    this.shutter.hidden = this.again.hidden = true;
    this.opener.hidden = !this.isSingle;
    if (this.fallback) this.fallback.hidden = true;
    this.ownFile?.addEventListener("change", () => this.chosen());
    this.prepend(this.words, this.stage, this.hint, this.error, actions);
  }

  button(words, className, act) {
    const button = make("button", { type: "button", className, textContent: words });
    button.addEventListener("click", act);
    return button;
  }

  say(words) {
    this.words.textContent = words;
  }

  complain(words) {
    this.error.textContent = words;
  }

  // Ask for the camera. Resolves to how pictures can be taken.
  async open() {
    this.complain("");
    if (this.isByFile || !navigator.mediaDevices?.getUserMedia) return this.byFile(this.isByFile ? BY_FILE : cameraWords(""));
    this.say(WAITS);
    const ask = (this.asked = {});
    try {
      const stream = await navigator.mediaDevices.getUserMedia(CAMERA);
      if (this.asked !== ask || !this.isConnected || this.isByFile) {
        for (const track of stream.getTracks()) track.stop();
        return "file";
      }
      await this.show(stream);
    } catch (error) {
      return this.byFile(cameraWords(error.name));
    }
    return "camera";
  }

  async show(stream) {
    this.off();
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.stream === stream && this.byFile(LOST));
    this.video.srcObject = stream;
    this.stage.hidden = false;
    this.video.hidden = false;
    this.canvas.hidden = true;
    await this.video.play();
    this.say(READY);
    this.hinting = setInterval(() => this.look(), HINT_EVERY);
  }

  // Files instead: said once, and the way back to the camera stays open.
  byFile(words) {
    this.off();
    this.isByFile = true;
    this.say(words);
    this.stage.hidden = true;
    this.shutter.hidden = this.again.hidden = this.other.hidden = true;
    this.opener.hidden = !this.isSingle || !navigator.mediaDevices?.getUserMedia;
    if (this.fallback) this.fallback.hidden = false;
    if (this.capture) this.capture.value = "file";
    this.finish?.(null);
    return "file";
  }

  look() {
    if (!this.video.videoWidth) return;
    const [width, height] = fitted(this.video.videoWidth, this.video.videoHeight, SAMPLE);
    const canvas = make("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, width, height);
    const said = pictureHint(greys(context.getImageData(0, 0, width, height).data), width);
    if (this.hint.textContent !== said) this.hint.textContent = said;
  }

  drawn(source, sourceWidth, sourceHeight, canvas = make("canvas")) {
    [canvas.width, canvas.height] = fitted(sourceWidth, sourceHeight);
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }

  frame(canvas) {
    return this.drawn(this.video, this.video.videoWidth, this.video.videoHeight, canvas);
  }

  // A chosen picture, made as small as one of the camera; what this browser cannot read goes as it is, the server says why.
  async reduced(file) {
    const url = URL.createObjectURL(file);
    try {
      const image = make("img", { src: url });
      await image.decode();
      return await this.drawn(image, image.naturalWidth, image.naturalHeight);
    } catch {
      return file;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  // One picture for a form.
  async openSingle() {
    this.isByFile = false;
    if (this.fallback) this.fallback.hidden = true;
    if (this.ownFile) this.ownFile.value = "";
    if ((await this.open()) !== "camera") return;
    this.opener.hidden = this.again.hidden = true;
    this.shutter.hidden = this.other.hidden = false;
    this.shutter.focus();
  }

  put(blob, how) {
    const moved = new DataTransfer();
    moved.items.add(blob instanceof File ? blob : new File([blob], "face.jpg", { type: "image/jpeg" }));
    this.ownFile.files = moved.files;
    this.capture.value = how;
  }

  async chosen() {
    const file = this.ownFile.files[0];
    if (!file) return;
    const problem = fileProblem(file);
    this.complain(problem);
    if (problem) this.ownFile.value = "";
    else this.put(await this.reduced(file), "file");
  }

  async shoot() {
    this.put(await this.frame(this.canvas), "camera");
    this.off();
    this.video.hidden = this.shutter.hidden = true;
    this.canvas.hidden = this.again.hidden = false;
    this.say(TAKEN);
    this.again.focus();
  }

  // The pictures of a check, in time; null when it was closed or the camera went.
  take(moves, seconds) {
    this.began = performance.now();
    const steps = ["centre", ...moves];
    return new Promise((resolve) => {
      this.finish = (frames) => {
        this.finish = null;
        this.halt();
        resolve(frames);
      };
      if (this.isByFile) this.askFiles(steps);
      else this.filmed(steps, stepMs(steps.length, seconds));
    });
  }

  get passed() {
    return Math.round(performance.now() - this.began);
  }

  filmed(steps, step) {
    const frames = [];
    const { finish } = this;
    const next = () => {
      const move = steps[frames.length];
      const ends = this.passed + step;
      this.say(`第${frames.length + 1}步，共${steps.length}步：${MOVES[move]}`);
      this.ticking = setInterval(() => {
        this.left.textContent = String(Math.max(0, Math.ceil((ends - this.passed) / 1000)));
      }, 200);
      this.stepping = setTimeout(async () => {
        clearInterval(this.ticking);
        const at = this.passed;
        const blob = await this.frame();
        if (this.finish !== finish) return;
        frames.push({ move, blob, at });
        if (frames.length === steps.length) finish(frames);
        else next();
      }, step);
    };
    next();
  }

  askFiles(steps) {
    const frames = [];
    const { finish } = this;
    const file = make("input", { type: "file", accept: "image/*", className: "face-file" });
    file.setAttribute("capture", "user");
    const name = make("span");
    this.files = make("label", { className: "field" }, name, file);
    const ask = () => {
      name.textContent = `第${frames.length + 1}张，共${steps.length}张：${MOVES[steps[frames.length]]}，拍一张`;
      this.say(name.textContent);
      file.focus();
    };
    file.addEventListener("change", async () => {
      const chosen = file.files[0];
      if (!chosen) return;
      const problem = fileProblem(chosen);
      this.complain(problem);
      const at = this.passed;
      const blob = problem ? null : await this.reduced(chosen);
      file.value = "";
      if (!blob || this.finish !== finish) return;
      frames.push({ move: steps[frames.length], blob, at });
      if (frames.length === steps.length) finish(frames);
      else ask();
    });
    this.append(this.files);
    ask();
  }

  // Timers and questions of a check end; the camera may stay on.
  halt() {
    clearInterval(this.ticking);
    clearTimeout(this.stepping);
    this.left.textContent = "";
    this.files?.remove();
  }

  off() {
    clearInterval(this.hinting);
    this.hint.textContent = "";
    const { stream } = this;
    this.stream = null;
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  close() {
    this.asked = null;
    this.off();
    this.halt();
    this.finish?.(null);
    this.stage.hidden = true;
    this.say("");
    this.complain("");
  }
}

customElements.define("face-capture", FaceCapture);
