// The line of a page to its room: comes in, hears news, asks the API for what it missed, and goes on by asking alone where there is no socket.

import { backOff } from "../kernel/words.js";

const WITH_SOCKET_MS = 45000;
const WITHOUT_SOCKET_MS = 5000;
const SPREAD_MS = 1000; // two thousand pages that miss the same news do not ask in the same moment
const OWN_SPREAD_MS = 5000; // nor those who all want to know how they did
const FINAL = new Set([4401, 4403, 4410, 4429]);

export class RoomLine extends EventTarget {
  constructor({ session, csrf, model }) {
    super();
    this.base = `/api/v1/live/${session}/room`;
    this.session = session;
    this.csrf = csrf;
    this.model = model;
    this.etag = "";
    this.attempt = 0;
    this.isOver = false;
  }

  tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // An answer of the API; a refusal is thrown with its sentence. Without a network the sentence says so.
  async ask(method, path, body) {
    const options = { method, credentials: "same-origin", headers: { "X-CSRFToken": this.csrf } };
    if (body instanceof FormData) {
      options.body = body;
    } else if (body !== undefined) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    let answer;
    try {
      answer = await fetch(this.base + path, options);
    } catch {
      throw new Error("网络不通，没有发出去。请检查网络后再试。");
    }
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(json.detail || "服务器没有回答，请稍后再试。"), { code: json.code, fields: json.fields ?? {} });
    return json;
  }

  async begin() {
    try {
      await this.ask("POST", "/entry", {});
    } catch (error) {
      if (error.code) this.end(error.message);
      else this.again();
      return;
    }
    this.connect();
  }

  again() {
    this.attempt += 1;
    this.tell("down");
    setTimeout(() => this.isOver || this.begin(), backOff(this.attempt));
  }

  connect() {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${window.location.host}/ws/v1/live-sessions/${this.session}/room`);
    this.socket.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    this.socket.addEventListener("close", ({ code }) => this.closed(code));
    this.refresh();
  }

  hear(message) {
    if (message.type === "ready") {
      this.attempt = 0;
      this.isLive = true;
      this.refresh();
    } else if (message.type === "bye") {
      this.farewell = message;
    } else if (this.model.hear(message)) {
      this.refreshSoon();
    } else {
      if (this.model.isOwnDue) this.refreshSoon(OWN_SPREAD_MS);
      this.tell("changed");
    }
  }

  closed(code) {
    this.isLive = false;
    if (this.isOver) return;
    if (FINAL.has(code)) {
      this.refresh().then(() => this.end(this.farewell?.detail ?? "与教室的连接已关闭，请刷新页面。"));
      return;
    }
    this.attempt += 1;
    this.tell("down");
    setTimeout(() => this.isOver || this.connect(), backOff(this.attempt));
  }

  refreshSoon(spread = SPREAD_MS) {
    this.soon ??= setTimeout(() => this.refresh(), Math.random() * spread);
  }

  async refresh() {
    clearTimeout(this.soon);
    clearTimeout(this.timer);
    this.soon = null;
    const since = this.model.version;
    try {
      const answer = await fetch(`${this.base}?since=${since}`, { headers: this.etag ? { "If-None-Match": this.etag } : {}, cache: "no-store" });
      const json = answer.status === 200 ? await answer.json() : null;
      if (json && json.version >= this.model.version) {
        this.etag = answer.headers.get("ETag") ?? "";
        this.model.take(json);
        this.tell("changed");
      } else if (answer.status === 403 || answer.status === 404) {
        this.end((await answer.json()).detail);
      }
    } catch {
      this.tell("down");
    }
    clearTimeout(this.timer);
    if (!this.isOver) this.timer = setTimeout(() => this.refresh(), this.isLive ? WITH_SOCKET_MS : WITHOUT_SOCKET_MS);
  }

  end(words) {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    clearTimeout(this.soon);
    this.socket?.close();
    this.tell("over", words);
  }
}
