// <slide-desk>: slides of who teaches: a PDF is sent and made to pages, ordered and removed; in the room its pages are turned and pointed at.

import { Latest, Pace } from "../kernel/latest.js";
import { deckWords, moved, pageAfter, placeWords, stepOf } from "../kernel/slides.js";
import { RoomLine } from "./room-line.js";
import { button, KeyedList, make, write } from "./room-parts.js";
import { SlideStage } from "./slide-stage.js";

const LOOK_MS = 1500;
const POINT_MS = 200; // five places a second are told at most, and none before the last one arrived
const LOST = "网络不通，课件没有传完。请检查网络后重新选择文件。";
const NO_ANSWER = "服务器没有收下这个文件，请稍后再试。";

class SlideDesk extends HTMLElement {
  connectedCallback() {
    if (this.line) return;
    const { session, csrf } = this.dataset;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-desk]")].map((node) => [node.dataset.desk, node]));
    this.line = new RoomLine({ session, csrf, model: null });
    this.decks = [];
    this.list = new KeyedList(this.parts.decks, (deck) => this.row(deck), (node, deck) => this.fill(node, deck));
    this.looked = new SlideStage(this.parts.previewStage, session);
    this.listen();
    if (this.parts.stage) this.listenToRoom(session);
    this.look();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("room-shown", this.heard);
    document.removeEventListener("keydown", this.keys);
  }

  listen() {
    const { parts } = this;
    parts.file.addEventListener("change", () => this.upload(parts.file.files[0]));
    parts.removal.addEventListener("submit", (event) => this.remove(event));
    parts.previewBack.addEventListener("click", () => this.leaf(-1));
    parts.previewOn.addEventListener("click", () => this.leaf(1));
    parts.preview.addEventListener("keydown", (event) => stepOf(event.key) && this.leaf(stepOf(event.key)));
  }

  // ---- the list ----

  say(words) {
    const { error, file } = this.parts;
    write(error, words);
    error.hidden = words === "";
    if (words === "") file.removeAttribute("aria-invalid");
  }

  // Does something at the server; a refusal is said here.
  async do(method, path, body) {
    this.say("");
    try {
      return await this.line.ask(method, path, body);
    } catch (refusal) {
      this.say(Object.values(refusal.fields ?? {})[0] ?? refusal.message);
      return null;
    }
  }

  async look() {
    clearTimeout(this.timer);
    try {
      this.take(await this.line.ask("GET", "/decks"));
    } catch (refusal) {
      if (refusal.code) this.say(refusal.message);
      else this.timer = setTimeout(() => this.look(), 2 * LOOK_MS);
    }
  }

  take(decks) {
    this.decks = decks;
    this.list.show(decks);
    this.parts.none.hidden = decks.length > 0;
    clearTimeout(this.timer);
    if (decks.some(({ state }) => state === "waiting")) this.timer = setTimeout(() => this.look(), LOOK_MS);
  }

  row() {
    const node = make("li", "desk-row");
    node.name = make("b", "desk-name");
    node.words = make("span", "sm t2");
    node.bar = make("progress", "progress");
    node.bar.max = 100;
    const said = make("div", "grow");
    said.append(node.name, node.words, node.bar);
    const act = (text, does, look = "btn btn-q room-small") => button(text, () => does(node.deck), look);
    node.shows = act("展示", (deck) => this.open(deck), "btn btn-s room-small");
    node.shows.hidden = !this.parts.stage;
    node.looks = act("预览", (deck) => this.preview(deck));
    node.up = act("上移", (deck) => this.move(deck, -1, node.up));
    node.down = act("下移", (deck) => this.move(deck, 1, node.down));
    node.gone = act("移除", (deck) => this.askRemoval(deck));
    const acts = make("p", "desk-acts");
    acts.append(node.shows, node.looks, node.up, node.down, node.gone);
    node.append(said, acts);
    return node;
  }

  fill(node, deck) {
    node.deck = deck;
    const isReady = deck.state === "ready";
    const isShown = this.slide?.deck === deck.id;
    write(node.name, deck.name);
    write(node.words, deckWords(deck));
    node.words.className = deck.state === "refused" ? "field-error" : "sm t2";
    node.bar.hidden = deck.state !== "waiting";
    node.bar.value = deck.percent;
    node.bar.setAttribute("aria-label", `转换进度：${deck.name}`);
    node.shows.hidden = !this.parts.stage || !isReady;
    node.shows.setAttribute("aria-pressed", String(isShown));
    write(node.shows, isShown ? "正在展示" : "展示");
    node.looks.hidden = !isReady;
    node.up.hidden = this.decks[0]?.id === deck.id;
    node.down.hidden = this.decks[this.decks.length - 1]?.id === deck.id;
    for (const part of [node.shows, node.looks, node.up, node.down, node.gone]) part.setAttribute("aria-label", `${part.textContent}：${deck.name}`);
  }

  async move(deck, step, pressed) {
    const order = moved(this.decks.map(({ id }) => id), deck.id, step);
    const decks = order && (await this.do("PUT", "/decks/order", { decks: order }));
    if (!decks) return;
    this.take(decks);
    const [first, second] = step < 0 ? ["up", "down"] : ["down", "up"];
    const row = pressed.closest("li");
    (row[first].hidden ? row[second] : row[first]).focus();
  }

  askRemoval(deck) {
    this.going = deck;
    write(this.parts.removalWords, `移除“${deck.name}”？移除后不能恢复，课上已展示的记录会保留。`);
    this.parts.removal.showModal();
  }

  async remove(event) {
    event.preventDefault();
    this.parts.removal.close();
    if ((await this.do("DELETE", `/decks/${this.going.id}`)) === null) return;
    await this.look();
    this.parts.file.focus();
  }

  preview(deck) {
    this.leafed = { deck: deck.id, name: deck.name, page: 1, page_count: deck.page_count, spot: null };
    write(this.parts.previewTitle, deck.name);
    this.leaf(0);
    this.parts.preview.showModal();
  }

  leaf(step) {
    const page = pageAfter(this.leafed, step);
    if (page === null) return;
    this.leafed = { ...this.leafed, page };
    this.looked.show(this.leafed);
    write(this.parts.previewPlace, placeWords(this.leafed));
  }

  // ---- sending a file ----

  async upload(file) {
    const { parts } = this;
    if (!file) return;
    this.say("");
    const error = file.size > Number(this.dataset.most) ? this.dataset.tooLarge : await this.send(file);
    parts.sending.hidden = true;
    parts.file.disabled = false;
    parts.file.value = "";
    if (!error) {
      this.look();
      return;
    }
    this.say(error);
    parts.file.setAttribute("aria-invalid", "true");
    parts.file.focus();
  }

  // Sends a file and says how far it is; returns why it was not taken.
  send(file) {
    const { parts } = this;
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file);
    parts.sending.hidden = false;
    parts.file.disabled = true;
    const far = (percent) => {
      parts.sentBar.value = percent;
      write(parts.sentWords, `正在上传“${file.name}” ${percent}%`);
    };
    far(0);
    request.upload.addEventListener("progress", ({ loaded, total }) => far(Math.floor((loaded * 100) / (total || 1))));
    request.open("POST", `${this.line.base}/decks`);
    request.setRequestHeader("X-CSRFToken", this.dataset.csrf);
    request.responseType = "json";
    request.send(form);
    return new Promise((resolve) => {
      request.addEventListener("load", () => resolve(request.status === 201 ? "" : refusalIn(request.response)));
      request.addEventListener("error", () => resolve(LOST));
    });
  }

  // ---- in the room ----

  listenToRoom(session) {
    const { parts } = this;
    this.stage = new SlideStage(parts.stage, session);
    this.pages = new Map(); // where each deck was left
    this.turns = new Latest(() => 0);
    this.spots = new Latest(() => 0);
    this.pace = new Pace(POINT_MS);
    this.heard = ({ detail }) => this.hear(detail);
    this.keys = (event) => this.key(event);
    document.addEventListener("room-shown", this.heard);
    document.addEventListener("keydown", this.keys);
    parts.back.addEventListener("click", () => this.turn(-1));
    parts.on.addEventListener("click", () => this.turn(1));
    parts.jump.addEventListener("submit", (event) => this.jump(event));
    parts.close.addEventListener("click", () => this.put(null));
    parts.laser.addEventListener("click", () => this.setLaser(!this.isPointing));
    parts.stage.addEventListener("pointermove", (event) => (event.pointerType === "mouse" || event.buttons > 0) && this.pointed(event));
    parts.stage.addEventListener("pointerdown", (event) => this.pointed(event));
    parts.stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.point(null));
    for (const one of this.emphases) one.addEventListener("click", () => this.emphasise(one.dataset.emphasis));
    const model = document.querySelector("live-room")?.model;
    if (model?.version) this.hear(model);
  }

  get emphases() {
    return [...this.parts.emphases.querySelectorAll("[data-emphasis]")];
  }

  hear(model) {
    this.model = model;
    if (this.turns.isEmpty) this.slide = model.slide;
    this.show();
  }

  show() {
    const { parts, slide } = this;
    parts.show.hidden = !slide;
    this.classList.toggle("is-shown", Boolean(slide)); // then it stands above the picture
    this.list.show(this.decks);
    this.stage.show(slide && { ...slide, spot: this.isPointing ? this.spot : slide.spot });
    for (const one of this.emphases) one.setAttribute("aria-pressed", String(one.dataset.emphasis === this.model.room.emphasis));
    if (!slide) return;
    this.pages.set(slide.deck, slide.page);
    write(parts.place, placeWords(slide));
    write(parts.deckName, slide.name);
    write(parts.words, slide.text || "");
    parts.textBox.hidden = !slide.text;
    parts.page.max = slide.page_count;
    parts.back.setAttribute("aria-disabled", String(pageAfter(slide, -1) === null));
    parts.on.setAttribute("aria-disabled", String(pageAfter(slide, 1) === null));
  }

  open(deck) {
    if (this.slide?.deck === deck.id) return;
    this.put({ deck: deck.id, name: deck.name, page: this.pages.get(deck.id) ?? 1, page_count: deck.page_count, text: "", spot: null });
    this.parts.show.scrollIntoView({ block: "nearest" });
  }

  turn(step) {
    const page = pageAfter(this.slide, step);
    if (page !== null) this.put({ ...this.slide, page, text: "", spot: null });
  }

  jump(event) {
    event.preventDefault();
    const page = Number(this.parts.page.value);
    if (Number.isInteger(page) && pageAfter({ ...this.slide, page }, 0) !== null) this.put({ ...this.slide, page, text: "", spot: null });
    else this.say(`请填写1至${this.slide.page_count}之间的页码。`);
  }

  key(event) {
    const step = stepOf(event.key);
    const { target } = event;
    if (!step || !this.slide || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!this.contains(target) && !target.matches("body, main, button")) return;
    if (target.closest("input, dialog")) return;
    event.preventDefault();
    this.turn(step);
  }

  // Shows a page here at once; the server is told the newest, one after another.
  put(slide) {
    this.slide = slide;
    this.spot = null;
    this.turns.put({ deck: slide?.deck ?? null, page: slide?.page ?? 0 });
    this.show();
    this.tell();
  }

  async tell() {
    const entry = this.turns.take();
    if (!entry) return;
    const answer = await this.do("PUT", "/slide", entry.value);
    this.turns.acknowledge();
    if (!this.turns.isEmpty) {
      this.tell();
      return;
    }
    this.turns.last = ""; // the same page may be wanted again, after somebody else turned it
    if (answer) this.model.slide = answer.slide;
    this.slide = this.model.slide;
    this.show();
  }

  setLaser(isOn) {
    this.isPointing = isOn;
    this.parts.laser.setAttribute("aria-pressed", String(isOn));
    this.parts.stage.classList.toggle("is-pointing", isOn);
    if (!isOn) this.point(null, true);
  }

  pointed(event) {
    if (this.isPointing) this.point(this.stage.under(event));
  }

  point(spot, isLast = false) {
    if (!this.isPointing && !isLast) return;
    this.spot = spot;
    this.stage.show(this.slide && { ...this.slide, spot });
    this.spots.put({ spot });
    this.tellSpot();
  }

  tellSpot() {
    const wait = this.pace.ask(0, performance.now());
    if (wait === null) return;
    setTimeout(async () => {
      this.pace.fired();
      const entry = this.spots.take();
      if (!entry) return;
      this.pace.sent(performance.now());
      await this.line.ask("PUT", "/slide/spot", entry.value).catch(() => {}); // the next place says where it is now
      this.spots.acknowledge();
      if (!this.spots.isEmpty) this.tellSpot();
    }, wait);
  }

  async emphasise(emphasis) {
    const room = await this.do("PATCH", "", { emphasis });
    if (room) this.model.on_room(room);
    this.show();
  }
}

function refusalIn(json) {
  return Object.values(json?.fields ?? {})[0] ?? json?.detail ?? NO_ANSWER;
}

customElements.define("slide-desk", SlideDesk);
