// The line to the server: beats over the socket, over HTTP when the socket is not there, the same words on both.

import { Outbox } from "../kernel/outbox.js";
import { backOff } from "../kernel/words.js";

const ANSWER_MS = 8000;

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clientKind() {
  const agent = navigator.userAgent;
  if (/MicroMessenger/i.test(agent)) return "wechat";
  return /Mobile|Android|iPhone/i.test(agent) ? "phone" : "pc";
}

export class StudyLine extends EventTarget {
  constructor({ api, csrf }) {
    super();
    this.api = api;
    this.csrf = csrf;
    this.session = null;
    this.socket = null;
    this.attempt = 0;
    this.pending = null;
  }

  post(path, body, headers = {}, options = {}) {
    return this.ask(path, {
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf, ...headers },
      body: JSON.stringify(body),
      ...options,
    });
  }

  async ask(path, request) {
    const answer = await fetch(this.api + path, { method: "POST", credentials: "same-origin", ...request });
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(json.detail || "服务器没有回答。"), { problem: json, status: answer.status });
    return json;
  }

  // A session of its own on this device.
  async begin({ enrolment, lesson }) {
    const payload = { enrolment, lesson, client: clientKind(), device: navigator.userAgent.slice(0, 200) };
    const opened = await this.post("/study-sessions", payload, { "Idempotency-Key": freshKey() });
    this.session = opened.id;
    this.connect();
    return opened;
  }

  connect() {
    const session = this.session;
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${window.location.host}/ws/v1/study-sessions/${session}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.attempt = 0;
    });
    socket.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      this.settle(null);
      if (this.socket !== socket || this.session !== session) return;
      this.socket = null;
      if (event.code === 4401 || event.code === 4403) return;
      this.attempt += 1;
      setTimeout(() => this.session === session && !this.socket && this.connect(), backOff(this.attempt));
    });
  }

  hear(message) {
    if (message.type === "ack") this.settle(message);
    else if (message.type === "answered") this.say("answered", message);
    else if (message.type === "takeover" || message.type === "stop") {
      this.say("stop", { code: message.code, detail: message.detail });
    } else if (message.type === "refused") {
      this.settle(null);
    }
  }

  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  settle(message) {
    if (!this.pending) return;
    const { resolve, timer } = this.pending;
    clearTimeout(timer);
    this.pending = null;
    resolve(message);
  }

  get isLive() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  // The acknowledgement of beats. The socket first; without an answer in time the same request goes over HTTP.
  async beats(token, beats) {
    if (this.isLive) {
      const answer = await new Promise((resolve) => {
        this.pending = { resolve, timer: setTimeout(() => this.settle(null), ANSWER_MS) };
        this.socket.send(JSON.stringify({ type: "beats", token, beats }));
      });
      if (answer) return answer;
    }
    return this.post(`/study-sessions/${this.session}/beats`, { token, beats });
  }

  // Beats of a session that an earlier page left behind, until all are answered. True when nothing is left to send.
  async sendKept(kept) {
    const box = Outbox.from(kept);
    let { token } = kept;
    while (!box.isEmpty) {
      const ack = await this.post(`/study-sessions/${kept.session}/beats`, { token, beats: box.next() });
      if (ack.stop) return true;
      box.acknowledge(ack.acked_seq);
      token = ack.token;
    }
    return true;
  }

  // What asks for moves, by how pictures are taken.
  drawForCheck(check, capture) {
    return this.post(`/study-sessions/${this.session}/checks/${check}/face`, { capture });
  }

  drawForStart({ enrolment, lesson }, capture) {
    return this.post(`/me/enrolments/${enrolment}/lessons/${lesson}/face`, { capture });
  }

  drawForRoll(session, rollCall, capture) {
    return this.post(`/live/${session}/room/roll-calls/${rollCall}/face`, { capture });
  }

  // The pictures of an act, in order. A form: pictures do not go into JSON.
  async sendFaces(challenge, frames) {
    const body = new FormData();
    for (const { blob } of frames) body.append("pictures", blob, "face.jpg");
    body.append("at", frames.map(({ at }) => at).join(","));
    return this.ask(`/face-challenges/${challenge}`, { headers: { "X-CSRFToken": this.csrf }, body });
  }

  answer(check, answer) {
    return this.post(`/study-sessions/${this.session}/checks/${check}`, { answer });
  }

  // How a check ended that was settled without an answer of this page.
  ended(check) {
    return this.ask(`/study-sessions/${this.session}/checks/${check}`, { method: "GET" });
  }

  // A page that goes away cannot wait. Beats that are not answered yet go first, and the session stays open for them; else it is
  // closed by a beacon, which carries the CSRF token in a form.
  leave(token, unanswered) {
    if (!this.session) return;
    if (unanswered.length > 0) {
      this.post(`/study-sessions/${this.session}/beats`, { token, beats: unanswered }, {}, { keepalive: true }).catch(() => {});
      this.hangUp();
      return;
    }
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.csrf);
    navigator.sendBeacon(`${this.api}/study-sessions/${this.session}/close`, form);
    this.hangUp();
  }

  hangUp() {
    const socket = this.socket;
    this.session = null;
    this.socket = null;
    if (socket) socket.close();
  }
}
