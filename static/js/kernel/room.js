// What a page knows of a room: the state from the API, kept up by news, and whether it missed any. No DOM, no network.

const ROLL_WORDS = {
  tap: "请在时间内点一下“我在”。",
  code: "请输入老师屏幕上的4位数字。",
  face: "老师在点名，请核验人脸：点“开始核验”，对着摄像头按提示做动作。",
};
const CAPTIONS = 2;
const AT_HAND = 10;
const newest = (one, other) => one.sent_at.localeCompare(other.sent_at);

export class RoomModel {
  constructor() {
    this.version = 0;
    this.room = { phase: "closed", state: "scheduled", is_shut: false, is_quiet: false, emphasis: "slides" };
    this.me = {};
    this.headCount = 0;
    this.messages = new Map();
    this.pinned = new Map();
    this.questions = new Map();
    this.poll = null;
    this.quiz = null;
    this.rollCall = null;
    this.isOwnDue = false; // what one answered reads otherwise now: ask, not in the same moment as everybody
    this.own = { voted: [], choices: null, quiz: null, roll: null, was_called: false };
    this.leaders = null;
    this.slide = null;
    this.files = [];
    this.captions = [];
    this.typed = []; // what who teaches may still correct
  }

  // The state as the API gives it, or what is newer of it.
  take(state) {
    this.version = state.version;
    this.room = state.room;
    this.me = state.me;
    this.headCount = state.head_count;
    this.pinned = new Map(state.pinned.map((one) => [one.id, one]));
    for (const one of state.messages) this.messages.set(one.id, one);
    for (const one of state.questions) this.questions.set(one.id, one);
    this.poll = state.poll;
    this.quiz = state.quiz ?? null;
    this.isOwnDue = false;
    this.rollCall = state.roll_call;
    this.own = { quiz: null, ...state.own };
    this.leaders = state.leaders;
    this.slide = state.slide ?? null;
    this.files = state.files ?? [];
    this.captions = kept(this.captions, state.captions ?? []);
    this.typed = this.leaders?.captions ?? [];
  }

  // A message of the socket. True when news before it are missing: ask the API.
  hear(message) {
    if (message.type === "you") this.me = { ...this.me, ...message.item };
    if (message.type === "leaders") {
      this.leaders = message.item;
      this.typed = message.item.captions ?? [];
    }
    if (message.type === "spot" && this.slide?.page === message.page) this.slide = { ...this.slide, spot: message.spot };
    if (message.type === "heads") {
      this.headCount = message.head_count;
      return message.version > this.version;
    }
    if (message.type !== "news" || message.version <= this.version) return false;
    if (message.version > this.version + 1) return true;
    this.version = message.version;
    this[`on_${message.kind}`]?.(message.item);
    return false;
  }

  on_message(item) {
    this.messages.set(item.id, item);
    if (item.is_pinned) this.pinned.set(item.id, item);
    else this.pinned.delete(item.id);
  }

  on_room(item) {
    this.room = item;
  }

  on_slide(item) {
    this.slide = item.slide;
  }

  on_caption(item) {
    this.captions = kept(this.captions, withLine(this.captions, item).slice(-CAPTIONS));
    this.typed = withLine(this.typed, item).slice(-AT_HAND);
  }

  on_files(item) {
    this.files = item.files;
  }

  on_question(item) {
    this.questions.set(item.id, item);
  }

  on_votes(counts) {
    for (const [id, votes] of Object.entries(counts)) {
      const known = this.questions.get(id);
      if (known) this.questions.set(id, { ...known, votes });
    }
  }

  on_poll(item) {
    if (item.id !== this.poll?.id) this.own = { ...this.own, choices: null };
    this.poll = item;
  }

  on_quiz(item) {
    if (item.id !== this.quiz?.id) this.own = { ...this.own, quiz: null };
    this.quiz = item;
    this.isOwnDue = !item.is_open && this.own.quiz !== null && this.own.quiz.earned === null;
  }

  on_roll_call(item) {
    if (item.id !== this.rollCall?.id) this.own = { ...this.own, roll: null, was_called: item.is_open };
    else if (!item.is_open && this.own.was_called && this.own.roll === null) this.own = { ...this.own, roll: "missed" };
    this.rollCall = item;
  }

  get leads() {
    return this.me.place === "teacher" || this.me.place === "assistant";
  }

  get chat() {
    return [...this.messages.values()].filter((one) => !one.is_deleted).sort(newest);
  }

  get notices() {
    return [...this.pinned.values()].sort((one, other) => newest(other, one));
  }

  // What waits comes first, the most wanted on top.
  get asked() {
    const rank = (one) => (one.state === "open" ? 0 : 1);
    return [...this.questions.values()]
      .filter((one) => one.state !== "dismissed")
      .sort((a, b) => rank(a) - rank(b) || b.votes - a.votes || a.asked_at.localeCompare(b.asked_at));
  }

  // Why one cannot write now, or nothing.
  get silence() {
    if (this.me.place === "inspector") return "您在巡课，只能旁听。";
    if (this.room.phase === "ended") return "直播课已经结束，不能再发言。";
    if (this.me.is_muted) return "老师已将您禁言。仍可以举手请老师解除。";
    if (this.room.is_quiet && !this.leads && !this.me.is_invited) return "老师已开启全员禁言。有问题可以在“提问”里提出，或举手。";
    return "";
  }

  // Whether one may send a voice message now.
  get maySpeak() {
    return Boolean(this.me.is_invited) && !this.me.is_muted && this.room.phase !== "ended";
  }

  // What calls a learner to do something now.
  get callWords() {
    if (this.me.is_invited) return "老师邀请您发言：在聊天里录一段语音，或打字。";
    return this.quiz?.is_open && this.me.place === "learner" && this.own.quiz === null ? "老师发起了小测，请在“小测”里作答。" : "";
  }

  // What a learner reads of the roll-call; nothing when there is nothing to say.
  get rollWords() {
    if (!this.rollCall || this.me.place !== "learner") return "";
    if (this.own.roll === "answered") return this.rollCall.is_open ? "已应答，老师能看到。" : "";
    if (this.own.roll === "missed") return "这次点名您没有应答，已记为未应答。如果您一直在课，请在聊天或提问里告诉老师。";
    if (!this.rollCall.is_open) return "";
    return ROLL_WORDS[this.rollCall.kind] ?? ROLL_WORDS.tap;
  }
}

export function shares(tallies) {
  const total = tallies.reduce((sum, one) => sum + one, 0);
  return tallies.map((one) => (total ? Math.round((one * 100) / total) : 0));
}

// Lines with one more; with one of them written anew, or without one that was taken back.
function withLine(lines, item) {
  const others = lines.filter(({ id }) => id !== item.id);
  if (item.is_removed) return others;
  return lines.length === others.length ? [...lines, item] : lines.map((one) => (one.id === item.id ? item : one));
}

// The same list as long as it says the same: what stands on a page is not shown anew.
function kept(before, now) {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
