// What only who teaches does in a room: order, announcements, polls, roll-calls, hands.

import { clockFace } from "../kernel/words.js";
import { button, KeyedList, make, RoomPart, write } from "./room-parts.js";

export class RoomLeading extends RoomPart {
  constructor(room) {
    super(room);
    this.lines = new KeyedList(this.parts.captionRows, (item) => this.caption(item), (node, item) => node.refill(item));
    this.hands = new KeyedList(this.parts.hands, (item) => this.hand(item), () => {});
    this.listen();
  }

  listen() {
    const { parts } = this;
    parts.quiet.addEventListener("click", () => this.set({ is_quiet: !this.model.room.is_quiet }));
    parts.shut.addEventListener("click", () => this.set({ is_shut: !this.model.room.is_shut }));
    for (const [part, kind] of [["rollTap", "tap"], ["rollCode", "code"], ["rollFaces", "face"]]) {
      parts[part]?.addEventListener("click", () => this.do(() => this.ask("POST", "/roll-calls", { kind }), (item) => this.model.on_roll_call(item)));
    }
    parts.rollEnd.addEventListener("click", () => this.do(() => this.ask("POST", `/roll-calls/${this.model.rollCall.id}/end`), (item) => this.ended(item)));
    parts.announce.addEventListener("submit", (event) => this.room.send(event, parts.announcement, "/announcements", "leadError"));
    parts.captions.addEventListener("submit", (event) => (this.line ? this.correct(event) : this.room.send(event, parts.caption, "/captions", "captionError")));
    parts.captionKeep.addEventListener("click", () => this.edit(null));
    parts.newPoll.addEventListener("submit", (event) => this.poll(event));
    parts.pollEnd.addEventListener("click", () => this.do(() => this.ask("POST", `/polls/${this.model.poll.id}/end`), (item) => this.model.on_poll(item)));
    parts.reason.addEventListener("submit", (event) => this.reasoned(event));
  }

  do(asked, then) {
    return this.room.deed(asked, then, this.parts.leadError);
  }

  set(wanted) {
    return this.do(() => this.ask("PATCH", "", wanted), (item) => this.model.on_room(item));
  }

  async ended(item) {
    this.model.on_roll_call(item);
    await this.room.line.refresh();
  }

  async poll(event) {
    event.preventDefault();
    const { parts } = this;
    const body = {
      text: parts.pollText.value,
      options: parts.pollOptions.value.split("\n").filter((line) => line.trim()),
      is_multiple: parts.pollMultiple.checked,
      shows_results: parts.pollShows.checked,
    };
    const done = await this.room.deed(() => this.ask("POST", "/polls", body), (item) => this.model.on_poll(item), parts.pollError);
    if (done) parts.newPoll.reset();
  }

  show() {
    const { room, rollCall, poll, leaders } = this.model;
    const { parts } = this;
    if (!leaders) return;
    write(parts.quiet, room.is_quiet ? "解除全员禁言" : "全员禁言");
    parts.quiet.setAttribute("aria-pressed", String(room.is_quiet));
    write(parts.shut, room.is_shut ? "开门" : "关门");
    parts.shut.setAttribute("aria-pressed", String(room.is_shut));
    this.hands.show(leaders.hands);
    parts.noHands.hidden = leaders.hands.length > 0;
    write(parts.handCount, leaders.hands.length ? ` · ${leaders.hands.length}人举手` : "");
    this.lines.show(this.model.typed);
    const runs = Boolean(rollCall?.is_open);
    parts.rollStart.hidden = runs;
    parts.rollEnd.hidden = !runs;
    parts.codeShown.hidden = !runs || !leaders.code;
    write(parts.codeShown, leaders.code);
    write(parts.rollResult, this.rollResult(runs));
    parts.pollEnd.hidden = !poll?.is_open;
    parts.newPoll.hidden = Boolean(poll?.is_open);
    write(parts.pollCount, poll?.is_open ? `已有${leaders.poll_answers}人作答。` : "");
    if (rollCall && rollCall.id !== this.rollId) {
      this.rollId = rollCall.id;
      this.room.rollEnds = performance.now() + rollCall.seconds_left * 1000;
    }
  }

  rollResult(runs) {
    const { rollCall, leaders } = this.model;
    if (!rollCall) return "还没有点过名。";
    const words = `在场${leaders.roll_asked}人，已应答${leaders.roll_answered}人`;
    return runs ? `点名中：${words}。` : `上次点名：${words}。`;
  }

  tick(left) {
    write(this.parts.leadLeft, left ? `还有 ${clockFace(left)}` : "");
  }

  // A line that was sent, newest last, to be written anew or taken back.
  caption(item) {
    const node = make("li", "room-member");
    const words = make("span", "grow");
    const change = button("修改", () => this.edit(node.item), "btn btn-s room-small");
    const gone = button("撤回", () => this.withdraw(node.item), "btn btn-q room-small");
    node.append(words, change, gone);
    node.refill = (now) => {
      node.item = now;
      write(words, now.text);
      for (const one of [change, gone]) one.setAttribute("aria-label", `${one.textContent}：${now.text}`);
    };
    return node;
  }

  // Takes a line into the field, or leaves it as it was.
  edit(item) {
    const { parts } = this;
    this.line = item;
    parts.caption.value = item?.text ?? "";
    write(parts.captionSend, item ? "保存修改" : "发送");
    parts.captionKeep.hidden = !item;
    parts.captionError.hidden = true;
    parts.caption.focus();
  }

  async correct(event) {
    event.preventDefault();
    const { parts, line } = this;
    const done = await this.room.deed(() => this.ask("PATCH", `/captions/${line.id}`, { text: parts.caption.value }), (item) => this.model.on_caption(item), parts.captionError);
    if (done) this.edit(null);
  }

  async withdraw(item) {
    const done = await this.room.deed(() => this.ask("DELETE", `/captions/${item.id}`), () => this.model.on_caption({ ...item, is_removed: true }), this.parts.captionError);
    if (done && this.line?.id === item.id) this.edit(null);
  }

  hand(item) {
    const node = make("li", "room-member");
    const act = (text, isInvited) =>
      button(text, () => this.do(() => this.ask("PUT", `/members/${item.id}/invited`, { is_invited: isInvited }), () => this.room.line.refresh()), "btn btn-s room-small");
    node.append(make("span", "grow", item.called), act("邀请发言", true), act("放下", false));
    return node;
  }

  // The buttons of a member's row.
  manage(node, item) {
    const again = () => this.room.loadMembers();
    const mute = button("", () => this.do(() => this.ask("PUT", `/members/${item.id}/muted`, { is_muted: !node.item.is_muted }), again), "btn btn-s room-small");
    const out = button("", () => (node.item.is_removed ? this.do(() => this.ask("POST", `/members/${item.id}/readmission`), again) : this.sendOut(node.item)), "btn btn-q room-small");
    const invite = button("", () => this.do(() => this.ask("PUT", `/members/${item.id}/invited`, { is_invited: !node.item.is_invited }), again), "btn btn-s room-small");
    node.append(invite, mute, out);
    node.refill = (now) => {
      node.item = now;
      write(mute, now.is_muted ? "解除禁言" : "禁言");
      write(invite, now.is_invited ? "结束发言" : "邀请发言");
      invite.hidden = now.is_removed;
      write(out, now.is_removed ? "允许再进" : "移出");
      for (const one of [invite, mute, out]) one.setAttribute("aria-label", `${one.textContent}：${now.called}`);
    };
  }

  remove(item) {
    this.because(`删除${item.called}的消息`, (reason) => this.ask("POST", `/messages/${item.id}/deletion`, { reason }), (gone) => this.model.on_message(gone));
  }

  sendOut(item) {
    this.because(`将${item.called}移出教室`, (reason) => this.ask("POST", `/members/${item.id}/removal`, { reason }), () => this.room.loadMembers());
  }

  because(title, asked, then) {
    const { parts } = this;
    write(parts.reasonTitle, title);
    parts.reasonText.value = "";
    parts.reasonError.hidden = true;
    this.pending = { asked, then };
    parts.reasonDialog.showModal();
    parts.reasonText.focus();
  }

  async reasoned(event) {
    event.preventDefault();
    const { asked, then } = this.pending;
    const done = await this.room.deed(() => asked(this.parts.reasonText.value), then, this.parts.reasonError);
    if (done) this.parts.reasonDialog.close();
  }
}
