// A roll-call by face: moves before the camera, judged by the server; who is exempt answers without.

import { FaceAct } from "./study-face.js";
import { StudyLine } from "./study-line.js";

export class RoomFace {
  constructor(room) {
    this.room = room;
    this.parts = room.parts;
    this.line = new StudyLine({ api: "/api/v1", csrf: room.dataset.csrf });
    this.act = new FaceAct(this.parts.rollFace, { onSay: (words) => this.complain(words) });
    this.parts.rollShow.addEventListener("click", () => this.show());
  }

  complain(words) {
    this.parts.rollError.textContent = words;
    this.parts.rollError.hidden = words === "";
  }

  async show() {
    const { rollShow } = this.parts;
    const { id } = this.room.model.rollCall;
    rollShow.disabled = true;
    this.parts.rollFace.hidden = false;
    const draw = (capture) => this.line.drawForRoll(this.room.dataset.session, id, capture);
    const ended = await this.act.run({ draw, send: (challenge, frames) => this.line.sendFaces(challenge, frames) });
    rollShow.disabled = false;
    this.parts.rollFace.hidden = true;
    if (ended?.roll === "answered") this.room.answered(ended.roll);
    else if (ended?.outcome === "passed") this.complain(ended.detail);
  }

  // Nothing is asked any more: the camera goes.
  stop() {
    if (!this.parts.rollFace.hidden) this.act.close();
    this.parts.rollFace.hidden = true;
  }
}
