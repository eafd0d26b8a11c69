// One act before a camera: opens it, asks for the moves, takes them, sends them. The server judges; this says what it said.

const SENDING = "正在核验，请稍候……";
const OFFLINE = "网络不通，这次没有核验，请再试一次。";
const STOPPED = "拍摄中断了，这次没有提交，请再试一次。";

export class FaceAct {
  constructor(capture, { onSay }) {
    this.capture = capture;
    this.say = onSay;
    this.isRunning = false;
  }

  // How it ended: {outcome, code, detail, check}, or null when nothing was judged; then it was said why.
  async run({ draw, send }) {
    if (this.isRunning) return null;
    this.isRunning = true;
    this.say("");
    try {
      return await this.act(draw, send);
    } catch (error) {
      this.say(error.problem?.detail ?? OFFLINE);
      if (error.problem?.code === "face_camera_needed") this.capture.isByFile = false; // the next try asks for the camera again
      return null;
    } finally {
      this.isRunning = false;
    }
  }

  async act(draw, send) {
    await customElements.whenDefined("face-capture");
    const how = await this.capture.open();
    const drawn = await draw(how);
    const moves = drawn.moves.map(({ move }) => move);
    const isOther = how === "camera" && this.capture.isByFile; // somebody chose files while the moves came: those are others
    const frames = isOther ? null : await this.capture.take(moves, drawn.seconds);
    if (frames === null) {
      this.say(STOPPED);
      return null;
    }
    this.capture.say(SENDING);
    const ended = await send(drawn.id, frames);
    if (ended.outcome === "passed") this.close();
    else {
      this.capture.say("");
      this.say(ended.detail);
    }
    return ended;
  }

  close() {
    this.capture.close?.(); // nothing to close before its script came
  }
}

// The dialog before a lesson: what it asks for is done, or put off.
export class FaceGate {
  constructor(parts, { draw, send, onPassed }) {
    Object.assign(this, { parts, draw, send, onPassed });
    this.act = new FaceAct(parts.faceCapture, { onSay: (words) => this.complain(words) });
    parts.faceGo.addEventListener("click", () => this.go());
    parts.faceCancel.addEventListener("click", () => parts.faceStart.close());
    parts.faceStart.addEventListener("close", () => this.act.close());
  }

  complain(words) {
    this.parts.faceError.textContent = words;
  }

  ask(words) {
    const { parts } = this;
    parts.faceWords.textContent = words;
    this.complain("");
    parts.faceGo.textContent = "开始核验";
    if (!parts.faceStart.open) parts.faceStart.showModal();
    parts.faceTitle.focus();
  }

  async go() {
    const { parts } = this;
    parts.faceGo.disabled = true;
    parts.faceGo.textContent = "正在核验";
    const ended = await this.act.run({ draw: this.draw, send: this.send });
    parts.faceGo.disabled = false;
    parts.faceGo.textContent = "再试一次";
    if (ended?.outcome !== "passed") {
      parts.faceGo.focus();
      return;
    }
    parts.faceStart.close();
    this.onPassed();
  }
}
