import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_BEATS, Outbox } from "../../static/js/kernel/outbox.js";
import { Sampler, sleptFor } from "../../static/js/kernel/sampler.js";
import { SeekGuard } from "../../static/js/kernel/seeking.js";
import { tileAt, tilesOf } from "../../static/js/kernel/storyboard.js";
import { fingerprint, percentOf, sentenceOf, sizeText, startable, titleOf, worthTrying } from "../../static/js/kernel/uploads.js";
import { backOff, clockFace, minutesWords } from "../../static/js/kernel/words.js";

const claim = (from, to, more = {}) => ({ from, to, rate: 100, playing: true, visible: true, ...more });

test("neighbours of the same state become one beat", () => {
  const box = new Outbox();
  box.add(claim(0, 1000));
  box.add(claim(1000, 2000));
  box.add(claim(2000, 3000, { visible: false }));
  assert.deepEqual(
    box.next().map((beat) => [beat.seq, beat.from, beat.to, beat.visible]),
    [
      [1, 0, 2000, true],
      [2, 2000, 3000, false],
    ],
  );
});

test("a beat that was sent is frozen: a resend is the same, new claims come behind it", () => {
  const box = new Outbox();
  box.add(claim(0, 1000));
  const first = box.next();
  box.add(claim(1000, 2000));
  const second = box.next();
  assert.deepEqual(second[0], first[0]);
  assert.equal(second[1].seq, 2);
});

test("an acknowledgement lets go of what it covers and nothing else", () => {
  const box = new Outbox();
  box.add(claim(0, 1000));
  box.add(claim(5000, 6000));
  box.next();
  box.acknowledge(1);
  assert.deepEqual(box.next().map((beat) => beat.seq), [2]);
  box.acknowledge(2);
  assert.ok(box.isEmpty);
});

test("a box that was kept over a reload says the same words again, and goes on behind them", () => {
  const box = new Outbox();
  box.add(claim(0, 1000));
  const sent = box.next();
  box.add(claim(1000, 2000));
  const found = Outbox.from(JSON.parse(JSON.stringify(box.keep())));
  assert.deepEqual(found.next(), [...sent, { seq: 2, ...claim(1000, 2000) }]);
});

test("what is kept does not change with the box", () => {
  const box = new Outbox();
  box.add(claim(0, 1000));
  const kept = box.keep();
  box.add(claim(1000, 2000));
  assert.deepEqual(kept.waiting, [claim(0, 1000)]);
});

test("a late timer is no sleep, one that stood still is", () => {
  assert.equal(sleptFor(29_000, 10_000), 0);
  assert.equal(sleptFor(3_600_000, 10_000), 3_590_000);
});

test("a request holds at most twenty beats", () => {
  const box = new Outbox();
  for (let i = 0; i < 50; i += 1) box.add(claim(i * 10000, i * 10000 + 1));
  assert.equal(box.next().length, MOST_BEATS);
});

test("playing on gives the stretch, in whole milliseconds", () => {
  const sampler = new Sampler();
  const at = (position, more = {}) => sampler.sample({ position, playing: true, visible: true, rate: 1, ...more });
  assert.equal(at(0.4), null);
  assert.deepEqual(at(1000.6), claim(0, 1001));
});

test("a hidden page, a pause and a jump are said as they were", () => {
  const sampler = new Sampler();
  const at = (position, more = {}) => sampler.sample({ position, playing: true, visible: true, rate: 1, ...more });
  at(0);
  assert.deepEqual(at(1000, { visible: false }), claim(0, 1000));
  assert.equal(at(1500, { visible: false }).visible, false);
  assert.equal(at(2000).visible, false);
  assert.equal(at(2500).visible, true);
  at(2500, { playing: false });
  assert.equal(at(2500).playing, false);
  sampler.jump(500);
  assert.deepEqual(at(700), claim(500, 700));
});

test("going back claims nothing", () => {
  const sampler = new Sampler();
  const at = (position) => sampler.sample({ position, playing: true, visible: true, rate: 1 });
  at(5000);
  assert.deepEqual(at(1000), claim(1000, 1000));
});

test("nobody goes beyond the limit unless the rule allows it", () => {
  const guard = new SeekGuard({ limit: 10000 });
  assert.equal(guard.allowed(60000), 10000);
  assert.equal(guard.allowed(4000), 4000);
  assert.equal(guard.isTooFar(12000), false);
  guard.learn(20000);
  guard.learn(5000);
  assert.equal(guard.limit, 20000);
  guard.reset(0);
  assert.equal(guard.isTooFar(4000), true);
  assert.equal(new SeekGuard({ free: true }).allowed(60000), 60000);
});

test("a player ahead of what the server counted goes back to there, a player within the slop goes on", () => {
  const guard = new SeekGuard({ limit: 0, slop: 3000 });
  assert.equal(guard.goBackTo(27500, 23000), 23000);
  assert.equal(guard.goBackTo(26000, 23000), null);
  assert.equal(guard.goBackTo(5000, 23000), null);
  assert.equal(new SeekGuard({ free: true }).goBackTo(60000, 0), null);
});

test("times read as people say them", () => {
  assert.equal(clockFace(1008000), "16:48");
  assert.equal(clockFace(3723000), "1:02:03");
  assert.equal(minutesWords(75), "1 分 15 秒");
  assert.equal(backOff(0), 1000);
  assert.equal(backOff(20), 30000);
});

test("a file is known again by name, size and the moment of its last change", () => {
  const file = { name: "焊前检查.mp4", size: 9, lastModified: 5 };
  assert.equal(fingerprint(file), fingerprint({ ...file }));
  assert.notEqual(fingerprint(file), fingerprint({ ...file, lastModified: 6 }));
});

test("a file's name is its title, without folder and ending", () => {
  assert.deepEqual(["焊前.检查.mp4", "C:\\a\\b.mov", ".mp4"].map(titleOf), ["焊前.检查", "b", ".mp4"]);
});

test("sizes and shares are said as people read them", () => {
  assert.deepEqual([0, 1, 1024 ** 2, 1.5 * 1024 ** 3].map(sizeText), ["0 KB", "1 KB", "1.0 MB", "1.5 GB"]);
  assert.deepEqual([percentOf(0, 0), percentOf(599, 1000), percentOf(1000, 1000)], [0, 59, 100]);
});

test("a refusal is said in its own words, or in those of its status", () => {
  assert.equal(sentenceOf(413, '{"detail":"空间不足"}'), "空间不足");
  assert.match(sentenceOf(410, ""), /取消或过期/);
  assert.match(sentenceOf(403, "<html>"), /重新登录/);
  assert.match(sentenceOf(502, "{}"), /稍后/);
});

test("a lost line, a busy file and a spoilt part are tried again, a refusal is not", () => {
  assert.deepEqual([0, 409, 423, 460, 500, 503].map(worthTrying), Array(6).fill(true));
  assert.deepEqual([400, 403, 404, 410, 413, 415].map(worthTrying), Array(6).fill(false));
});

test("only so many files are sent at once, the first ones first", () => {
  assert.deepEqual(startable(["done", "waiting", "sending", "waiting", "waiting"], 3), [1, 3]);
  assert.deepEqual(startable(["sending", "sending", "sending", "waiting"], 3), []);
});

test("the storyboard's last tile that has begun shows a moment", () => {
  const text = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\ns.jpg#xywh=0,0,160,90\n\n01:00:02.500 --> 01:00:04.000\ns.jpg#xywh=160,90,160,90\n";
  const tiles = tilesOf(text);
  assert.deepEqual(
    [0, 3602499, 3602500, 9999999].map((at) => tileAt(tiles, at).x),
    [0, 0, 160, 160],
  );
  assert.equal(tileAt([], 5), null);
});
