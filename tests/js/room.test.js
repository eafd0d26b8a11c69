import assert from "node:assert/strict";
import { test } from "node:test";

import { RoomModel, shares } from "../../static/js/kernel/room.js";

const message = (id, changes = {}) => ({ id, text: id, sent_at: `2026-05-06T10:0${id.slice(1)}:00Z`, is_pinned: false, is_deleted: false, ...changes });
const question = (id, votes, state = "open") => ({ id, votes, state, asked_at: id });
const state = (changes = {}) => ({
  version: 4, room: { phase: "live", is_quiet: false }, me: { place: "learner", is_muted: false }, head_count: 2, pinned: [], messages: [message("m1")],
  questions: [], poll: null, roll_call: null, own: { voted: [], choices: null, roll: null, was_called: false }, leaders: null, ...changes,
});

function model(changes) {
  const made = new RoomModel();
  made.take(state(changes));
  return made;
}

test("news in order are taken, old ones passed over, a gap is told", () => {
  const room = model();

  assert.equal(room.hear({ type: "news", version: 4, kind: "message", item: message("m9") }), false);
  assert.equal(room.hear({ type: "news", version: 5, kind: "message", item: message("m2") }), false);
  assert.equal(room.hear({ type: "news", version: 7, kind: "message", item: message("m3") }), true);
  assert.deepEqual(room.chat.map(({ id }) => id), ["m1", "m2"]);
  room.take(state({ version: 7, messages: [message("m3")] }));
  assert.deepEqual(room.chat.map(({ id }) => id), ["m1", "m2", "m3"]);
});

test("a count that knows a later version says that something is missing", () => {
  const room = model();

  assert.equal(room.hear({ type: "heads", version: 4, head_count: 9 }), false);
  assert.equal(room.headCount, 9);
  assert.equal(room.hear({ type: "heads", version: 5, head_count: 9 }), true);
});

test("what was deleted or taken down is not shown", () => {
  const room = model({ pinned: [message("m1", { is_pinned: true })] });

  room.hear({ type: "news", version: 5, kind: "message", item: message("m1", { is_deleted: true, text: "" }) });
  room.hear({ type: "news", version: 6, kind: "question", item: question("q1", 0, "dismissed") });

  assert.deepEqual([room.chat, room.notices, room.asked], [[], [], []]);
});

test("waiting questions come first, the most wanted on top", () => {
  const room = model({ questions: [question("q1", 0), question("q2", 5, "answered"), question("q3", 1)] });
  assert.deepEqual(room.asked.map(({ id }) => id), ["q3", "q1", "q2"]);

  room.hear({ type: "news", version: 5, kind: "votes", item: { q1: 3, unknown: 2 } });
  assert.deepEqual(room.asked.map(({ id }) => id), ["q1", "q3", "q2"]);
});

test("why one cannot write", () => {
  const room = model();
  assert.equal(room.silence, "");
  room.hear({ type: "news", version: 5, kind: "room", item: { phase: "live", is_quiet: true } });
  assert.match(room.silence, /全员禁言/);
  room.hear({ type: "you", item: { is_invited: true } });
  assert.equal(room.silence, "");
  room.hear({ type: "you", item: { is_muted: true } });
  assert.match(room.silence, /禁言/);
  assert.match(model({ me: { place: "inspector" } }).silence, /巡课/);
});

test("a roll-call asks, thanks, or says that it was missed", () => {
  const call = (is_open, id = "r1") => ({ id, kind: "tap", is_open });
  const room = model();
  assert.equal(room.rollWords, "");
  room.hear({ type: "news", version: 5, kind: "roll_call", item: call(true) });
  assert.match(room.rollWords, /点一下/);
  room.hear({ type: "news", version: 6, kind: "roll_call", item: call(false) });
  assert.match(room.rollWords, /没有应答/);

  room.hear({ type: "news", version: 7, kind: "roll_call", item: call(true, "r2") });
  room.own = { ...room.own, roll: "answered" };
  assert.match(room.rollWords, /已应答/);
  room.hear({ type: "news", version: 8, kind: "roll_call", item: call(false, "r2") });
  assert.equal(room.rollWords, "");
});

test("who came after the roll was called missed nothing", () => {
  const room = model({ roll_call: { id: "r1", kind: "tap", is_open: false } });

  assert.equal(room.rollWords, "");
});

test("another poll forgets the answer to the last one", () => {
  const room = model({ poll: { id: "p1" }, own: { voted: [], choices: [1], roll: null, was_called: false } });
  room.hear({ type: "news", version: 5, kind: "poll", item: { id: "p1" } });
  assert.deepEqual(room.own.choices, [1]);
  room.hear({ type: "news", version: 6, kind: "poll", item: { id: "p2" } });
  assert.equal(room.own.choices, null);
});

test("shares of nothing are nothing", () => {
  assert.deepEqual(shares([0, 0]), [0, 0]);
  assert.deepEqual(shares([1, 3]), [25, 75]);
});

test("the page that is shown comes with the state and goes by news; the pointer only on that page", () => {
  const slide = { deck: "d1", page: 2, spot: null };
  const room = model({ slide });
  assert.equal(room.slide.page, 2);

  assert.equal(room.hear({ type: "spot", page: 2, spot: [10, 20] }), false);
  assert.deepEqual([room.slide.spot, room.version], [[10, 20], 4]);
  room.hear({ type: "spot", page: 1, spot: [1, 1] });
  assert.deepEqual(room.slide.spot, [10, 20]);

  room.hear({ type: "news", version: 5, kind: "slide", item: { slide: null } });
  assert.equal(room.slide, null);
  room.hear({ type: "spot", page: 2, spot: [10, 20] });
  assert.equal(room.slide, null);
});

test("a quiz calls learners, and asks once for what was earned when it is over", () => {
  const room = model();
  const quiz = (is_open, id = "z1") => ({ id, is_open, questions: [], tallies: null, seconds_left: 60 });
  room.hear({ type: "news", version: 5, kind: "quiz", item: quiz(true) });
  assert.match(room.callWords, /小测/);
  assert.equal(room.isOwnDue, false);
  room.own = { ...room.own, quiz: { answers: {}, earned: null, score_percent: null } };
  assert.equal(room.callWords, "");
  room.hear({ type: "news", version: 6, kind: "quiz", item: quiz(false) });
  assert.equal(room.isOwnDue, true);
  room.take(state({ version: 6, quiz: quiz(false), own: { voted: [], choices: null, quiz: { answers: {}, earned: {}, score_percent: 80 }, roll: null, was_called: false } }));
  assert.equal(room.isOwnDue, false);

  room.hear({ type: "news", version: 7, kind: "quiz", item: quiz(true, "z2") });
  assert.equal(room.own.quiz, null);
});

test("the two newest captions stand, each once", () => {
  const room = model({ captions: [{ id: "c1", text: "一" }] });
  room.hear({ type: "news", version: 5, kind: "caption", item: { id: "c1", text: "一" } });
  room.hear({ type: "news", version: 6, kind: "caption", item: { id: "c2", text: "二" } });
  room.hear({ type: "news", version: 7, kind: "caption", item: { id: "c3", text: "三" } });
  assert.deepEqual(room.captions.map(({ id }) => id), ["c2", "c3"]);
  const before = room.captions;
  room.hear({ type: "news", version: 8, kind: "caption", item: { id: "c3", text: "三" } });
  assert.equal(room.captions, before, "what says the same is not shown anew");
  room.hear({ type: "news", version: 9, kind: "caption", item: { id: "c2", text: "贰" } });
  assert.deepEqual(room.captions.map(({ text }) => text), ["贰", "三"]);
  room.hear({ type: "news", version: 10, kind: "caption", item: { id: "c3", text: "", is_removed: true } });
  assert.deepEqual([room.captions.length, room.typed.map(({ text }) => text)], [1, ["一", "贰"]]);
});
