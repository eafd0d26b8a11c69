// The line to the server: beats over the socket, over HTTP when the socket is not there, the same words on both.

import { backOff } from "../kernel/words.js";

const ANSWER_MS = 8000;

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

  async post(path, body, headers = {}, options = {}) {
    const answer = await fetch(this.api + path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf, ...headers },
      body: JSON.stringify(body),
      ...options,
    });
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(json.detail || "服务器没有回答。"), { problem: json, status: answer.status });
    return json;
  }

  async open(payload, key) {
    const opened = await this.post("/study-sessions", payload, { "Idempotency-Key": key });
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

  answer(check) {
    return this.post(`/study-sessions/${this.session}/checks/${check}`, { answer: "here" });
  }

  // A page that goes away cannot wait: the beacon carries the CSRF token in a form.
  leave() {
    if (!this.session) return;
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
