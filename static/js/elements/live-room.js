// <live-room>: the room of a live lesson: chat, questions, poll, quiz, members and, for who teaches, order and roll-calls.
// What happens is said politely; nothing takes the focus away from who is writing.

import { RoomModel } from "../kernel/room.js";
import { clockFace } from "../kernel/words.js";
import { RoomLeading } from "./room-leading.js";
import { RoomFace } from "./room-face.js";
import { RoomFiles } from "./room-files.js";
import { RoomQuiz } from "./room-quiz.js";
import { RoomVoice } from "./room-voice.js";
import { voiceNote } from "./voice-note.js";
import { RoomLine } from "./room-line.js";
import { button, clockOf, KeyedList, make, named, results, write } from "./room-parts.js";

const NEAR_END_PX = 80;
const WAITING = new Set(["scheduled", "open"]);
const PLACES = { teacher: "老师", assistant: "助教", learner: "" };

class LiveRoom extends HTMLElement {
  connectedCallback() {
    if (this.model) return;
    this.parts = Object.fromEntries([...this.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    this.model = new RoomModel();
    this.line = new RoomLine({ session: this.dataset.session, csrf: this.dataset.csrf, model: this.model });
    this.tabs = [...this.querySelectorAll("[role=tab]")];
    this.lists();
    this.listen();
    this.quiz = new RoomQuiz(this);
    this.files = new RoomFiles(this);
    this.face = this.parts.rollFace ? new RoomFace(this) : null;
    this.voice = this.parts.voice ? new RoomVoice(this) : null;
    this.leading = this.parts.lead ? new RoomLeading(this) : null;
    this.choose(this.tabs[0]);
    this.line.begin();
    this.clock = setInterval(() => this.tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.clock);
    this.line.end("");
  }

  lists() {
    const { log, pinned, questions, members } = this.parts;
    this.log = new KeyedList(log, (item) => this.message(item), (node, item) => this.fillMessage(node, item));
    this.pinned = new KeyedList(pinned, (item) => this.notice(item), () => {});
    this.questions = new KeyedList(questions, (item) => this.question(item), (node, item) => this.fillQuestion(node, item));
    this.members = new KeyedList(members, (item) => this.member(item), (node, item) => this.fillMember(node, item));
  }

  listen() {
    const { line, parts } = this;
    line.addEventListener("changed", () => this.show());
    line.addEventListener("down", () => this.say("与教室的连接断开，正在重连。消息会在恢复后补上。"));
    line.addEventListener("over", ({ detail }) => this.over(detail));
    for (const tab of this.tabs) {
      tab.addEventListener("click", (event) => {
        event.preventDefault();
        this.choose(tab);
      });
      tab.addEventListener("keydown", (event) => this.step(event));
    }
    parts.say?.addEventListener("submit", (event) => this.send(event, parts.text, "/messages", "chatError"));
    parts.ask?.addEventListener("submit", (event) => this.send(event, parts.question, "/questions", "askError"));
    parts.hand?.addEventListener("click", () => this.deed(() => line.ask("PUT", "/hand", { is_up: !this.model.me.is_hand_up }), (me) => (this.model.me = me)));
    parts.rollForm?.addEventListener("submit", (event) => this.answerRoll(event));
    parts.more.addEventListener("click", () => this.loadMembers(this.cursor));
  }

  // A page that waits for the lesson is not loaded anew while the room says that it still waits, or while somebody writes.
  get keepsPage() {
    const isWriting = [...this.querySelectorAll("input:not([type=checkbox]):not([type=radio]),textarea")].some(({ value }) => value !== "");
    return isWriting || (Boolean(this.line.isLive) && WAITING.has(this.model.room.state));
  }

  get leads() {
    return this.model.leads;
  }

  say(words) {
    write(this.parts.words, words);
    this.parts.words.hidden = words === "";
  }

  // Does something at the server; a refusal is said, with the room or at its field.
  async deed(asked, then = () => {}, error = this.parts.words) {
    write(error, "");
    error.hidden = true;
    try {
      then(await asked());
      this.show();
      return true;
    } catch (refusal) {
      write(error, Object.values(refusal.fields ?? {})[0] ?? refusal.message);
      error.hidden = false;
      return false;
    }
  }

  // Sends what was typed; it stays in the field until the server has it, and is sent again under the same key.
  async send(event, field, path, error) {
    event.preventDefault();
    const text = field.value;
    if (field.dataset.said !== text) field.dataset.key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    field.dataset.said = text;
    const done = await this.deed(
      () => this.line.ask("POST", path, { text, key: field.dataset.key }),
      (item) => this.took(path, item),
      this.parts[error],
    );
    if (!done) {
      field.setAttribute("aria-invalid", "true");
      return;
    }
    field.removeAttribute("aria-invalid");
    if (field.value === text) field.value = "";
    delete field.dataset.said;
    if (path === "/messages") this.parts.log.scrollTop = this.parts.log.scrollHeight;
  }

  took(path, item) {
    if (path === "/captions") this.model.on_caption(item);
    else (path === "/questions" ? this.model.questions : this.model.messages).set(item.id, item);
  }

  choose(tab) {
    for (const one of this.tabs) {
      const isChosen = one === tab;
      one.setAttribute("aria-selected", String(isChosen));
      one.tabIndex = isChosen ? 0 : -1;
      this.querySelector(`#${one.getAttribute("aria-controls")}`).hidden = !isChosen;
    }
    if (tab.dataset.tab === "members") this.loadMembers();
    if (tab.dataset.tab === "chat") this.parts.log.scrollTop = this.parts.log.scrollHeight;
  }

  step(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const last = this.tabs.length - 1;
    const now = this.tabs.indexOf(event.currentTarget);
    const next = Number.isFinite(move) ? (now + move + this.tabs.length) % this.tabs.length : move < 0 ? 0 : last;
    this.choose(this.tabs[next]);
    this.tabs[next].focus();
  }

  show() {
    const { model, parts } = this;
    if (!this.line.isOver) this.say(model.callWords);
    const wasNear = parts.log.scrollHeight - parts.log.scrollTop - parts.log.clientHeight < NEAR_END_PX;
    this.log.show(model.chat);
    if (wasNear) parts.log.scrollTop = parts.log.scrollHeight;
    parts.quietLog.hidden = model.chat.length > 0;
    this.pinned.show(model.notices);
    parts.pinned.hidden = model.notices.length === 0;
    this.questions.show(model.asked);
    parts.noQuestions.hidden = model.asked.length > 0;
    const waiting = model.asked.filter(({ state }) => state === "open").length;
    write(parts.questionCount, waiting ? ` · ${waiting}` : "");
    for (const node of this.querySelectorAll("[data-heads]")) write(node, String(model.headCount));
    this.showSilence();
    this.voice?.show();
    this.showPoll();
    this.quiz.show();
    this.files.show();
    this.showRoll();
    this.leading?.show();
    document.dispatchEvent(new CustomEvent("room-shown", { detail: model })); // slides stand elsewhere on the page
  }

  showSilence() {
    const { silence, me } = this.model;
    const { parts } = this;
    if (parts.say) {
      write(parts.silence, silence);
      parts.silence.hidden = silence === "";
      parts.say.hidden = silence !== "";
    }
    if (parts.ask) parts.ask.hidden = Boolean(me.is_muted) || this.model.room.phase === "ended";
    if (parts.hand) {
      parts.hand.setAttribute("aria-pressed", String(Boolean(me.is_hand_up)));
      write(parts.hand, me.is_hand_up ? "放下手" : "举手");
    }
  }

  message(item) {
    const node = make("div", PLACES[item.place] ? "room-msg is-lead" : "room-msg");
    const line = make("p", "room-line");
    line.append(named(item, this.model.me.id), " ", make("time", "t3 sm", clockOf(item.sent_at)));
    node.text = make("p", "room-text");
    node.append(line, node.text);
    if (this.leads) {
      const gone = button("删除", () => this.leading.remove(item), "btn btn-q room-small");
      gone.setAttribute("aria-label", `删除${item.called}的消息：${item.text.slice(0, 20)}`);
      line.append(gone);
    }
    return node;
  }

  // A spoken message is played once the server has made it playable.
  fillMessage(node, item) {
    const { voice } = item;
    if (!voice?.url) {
      write(node.text, item.member === this.model.me.id && voice?.error ? `${item.text}：${voice.error}` : item.text);
    } else if (!node.note) {
      node.note = voiceNote(voice, item.member === this.model.me.id ? "我" : item.called);
      node.text.replaceChildren(node.note);
    }
  }

  notice(item) {
    const node = make("div", "room-notice");
    node.append(make("b", "", "公告"), " ", make("span", "room-text", item.text));
    if (this.leads) {
      node.append(button("取消置顶", () => this.deed(() => this.line.ask("POST", `/messages/${item.id}/unpin`), (one) => this.model.on_message(one)), "btn btn-q room-small"));
    }
    return node;
  }

  question(item) {
    const node = make("li", "room-question");
    const line = make("p", "room-line");
    line.append(named(item, this.model.me.id));
    node.state = make("span", "tag");
    line.append(" ", node.state);
    node.acts = make("p", "actions");
    node.vote = button("", () => this.vote(item), "btn btn-s room-small");
    node.acts.append(node.vote);
    if (this.leads) {
      node.settle = button("", () => this.settle(node.item, node.item.state === "open" ? "answered" : "open"), "btn btn-s room-small");
      node.acts.append(node.settle, button("撤下", () => this.settle(node.item, "dismissed"), "btn btn-q room-small"));
    }
    node.append(line, make("p", "room-text", item.text), node.acts);
    return node;
  }

  fillQuestion(node, item) {
    node.item = item;
    const { me, own } = this.model;
    const isOpen = item.state === "open";
    const hasVoted = own.voted.includes(item.id);
    write(node.state, isOpen ? `${item.votes}人同问` : "已回答");
    node.state.className = isOpen ? "tag" : "tag tag-ok";
    node.vote.hidden = !isOpen || item.member === me.id || me.place === "inspector";
    node.vote.setAttribute("aria-pressed", String(hasVoted));
    write(node.vote, hasVoted ? "取消同问" : "同问");
    if (node.settle) write(node.settle, isOpen ? "标为已回答" : "重新打开");
  }

  vote({ id }) {
    const { own } = this.model;
    const wants = !own.voted.includes(id);
    return this.deed(
      () => this.line.ask("PUT", `/questions/${id}/vote`, { wants }),
      () => (this.model.own = { ...own, voted: wants ? [...own.voted, id] : own.voted.filter((one) => one !== id) }),
    );
  }

  settle({ id }, state) {
    return this.deed(() => this.line.ask("PUT", `/questions/${id}/state`, { state }), (item) => this.model.on_question(item));
  }

  showPoll() {
    const { poll, own, me, leaders } = this.model;
    const { parts } = this;
    const tallies = poll?.tallies ?? (this.leads ? leaders?.tallies : null);
    const mayAnswer = Boolean(poll?.is_open) && me.place === "learner" && own.choices === null;
    const mark = JSON.stringify([poll?.id, poll?.is_open, mayAnswer, tallies]);
    write(parts.pollSign, poll?.is_open ? " · 进行中" : "");
    if (mark === this.pollMark) return;
    const keeps = mayAnswer && this.pollForm === poll.id;
    this.pollMark = mark;
    if (keeps) return; // somebody is choosing
    this.pollForm = mayAnswer ? poll.id : null;
    parts.poll.replaceChildren(...(poll ? this.pollNodes(poll, mayAnswer, tallies) : [make("p", "t2", "还没有投票。")]));
  }

  pollNodes(poll, mayAnswer, tallies) {
    if (mayAnswer) return [this.pollChoices(poll)];
    const { own, me } = this.model;
    const nodes = [make("p", "room-text", poll.text)];
    if (me.place === "learner" && poll.is_open) nodes.push(make("p", "sm t2", "已提交，等待老师结束投票。"));
    if (own.choices?.length) nodes.push(make("p", "sm t2", `您选了：${own.choices.map((one) => poll.options[one]).join("、")}`));
    if (tallies) nodes.push(results(poll, tallies));
    return nodes;
  }

  pollChoices(poll) {
    const form = make("form", "form");
    const set = make("fieldset", "choices");
    set.append(make("legend", "legend", poll.is_multiple ? `${poll.text}（可多选）` : poll.text));
    poll.options.forEach((option, number) => {
      const label = make("label", "choice");
      const box = make("input");
      Object.assign(box, { type: poll.is_multiple ? "checkbox" : "radio", name: "choice", value: String(number) });
      label.append(box, make("span", "", option));
      set.append(label);
    });
    const error = make("p", "field-error");
    error.setAttribute("role", "alert");
    error.hidden = true;
    const sent = make("button", "btn btn-p", "提交");
    form.append(set, error, sent);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const choices = new FormData(form).getAll("choice").map(Number);
      this.deed(() => this.line.ask("POST", `/polls/${poll.id}/answers`, { choices }), (json) => (this.model.own = { ...this.model.own, choices: json.choices }), error);
    });
    return form;
  }

  showRoll() {
    const { rollCall, rollWords, own } = this.model;
    const { parts } = this;
    if (!parts.roll) return;
    if (rollCall && rollCall.id !== this.rollId) {
      this.rollId = rollCall.id;
      this.rollEnds = performance.now() + rollCall.seconds_left * 1000;
      parts.code.value = "";
      parts.rollError.hidden = true;
    }
    const isAsked = Boolean(rollCall?.is_open) && own.roll === null;
    parts.roll.hidden = rollWords === "";
    write(parts.rollWords, rollWords);
    parts.rollForm.hidden = !isAsked;
    if (this.face) {
      const byFace = isAsked && rollCall.kind === "face";
      parts.rollShow.hidden = !byFace;
      parts.rollHelp.hidden = !byFace;
      write(parts.rollHere, byFace ? "我已获准免核验" : "我在");
      parts.rollHere.className = byFace ? "btn btn-q" : "btn btn-p";
      if (!byFace) this.face.stop();
    }
    parts.codeField.hidden = rollCall?.kind !== "code";
    this.tick();
  }

  async answerRoll(event) {
    event.preventDefault();
    const { rollCall } = this.model;
    await this.deed(
      () => this.line.ask("POST", `/roll-calls/${rollCall.id}/answer`, { code: this.parts.code.value }),
      ({ roll }) => this.answered(roll),
      this.parts.rollError,
    );
  }

  answered(roll) {
    this.model.own = { ...this.model.own, roll };
    this.show();
  }

  tick() {
    const { rollCall, own } = this.model;
    const { parts } = this;
    const runs = Boolean(rollCall?.is_open) && own.roll === null;
    const left = Math.max(0, (this.rollEnds ?? 0) - performance.now());
    if (parts.rollLeft) write(parts.rollLeft, runs ? clockFace(left) : "");
    this.quiz.tick();
    this.leading?.tick(rollCall?.is_open ? left : 0);
  }

  async loadMembers(cursor = "") {
    await this.deed(
      () => this.line.ask("GET", `/members${cursor ? `?cursor=${cursor}` : ""}`),
      ({ items, next_cursor: next }) => {
        this.shown = cursor ? [...this.shown, ...items] : items;
        this.cursor = next;
        this.parts.more.hidden = !next;
        this.members.show(this.shown);
      },
    );
  }

  member(item) {
    const node = make("li", "room-member");
    node.name = make("span", "grow");
    node.append(node.name);
    if (this.leads && item.place === "learner") this.leading.manage(node, item);
    return node;
  }

  fillMember(node, item) {
    const notes = [PLACES[item.place], item.id === this.model.me.id ? "我" : "", item.is_removed ? "已移出" : "", item.is_muted ? "已禁言" : ""];
    if (!item.is_present && !item.is_removed) notes.push("已离开");
    const said = notes.filter(Boolean);
    write(node.name, said.length ? `${item.called}（${said.join("、")}）` : item.called);
    node.refill?.(item);
  }

  over(words) {
    this.say(words);
    this.voice?.stop();
    for (const name of ["say", "ask", "roll", "lead", "voice"]) if (this.parts[name]) this.parts[name].hidden = true;
    if (this.parts.hand) this.parts.hand.hidden = true;
  }
}

customElements.define("live-room", LiveRoom);
