import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOf, hitsOf, placeAt, readTime, stamp } from "../../static/js/kernel/cues.js";

const CUES = [
  { start: 1000, end: 2000 },
  { start: 2000, end: 4000 },
  { start: 6000, end: 7000 },
];

test("times are read as people type them, like the server does", () => {
  const typed = ["00:01:02.500", "1:02.5", "62.5", "62", "1：02，5", "abc", "1:70", "", "-1"];
  assert.deepEqual(typed.map(readTime), [62500, 62500, 62500, 62000, 62500, null, null, null, null]);
});

test("a stamp is read as what it was", () => {
  for (const ms of [0, 999, 61001, 3600000, 359999999]) assert.equal(readTime(stamp(ms)), ms);
  assert.equal(stamp(3723004), "01:02:03.004");
});

test("the shown cue is the last that has begun", () => {
  assert.deepEqual([0, 1000, 1999, 2000, 5000, 6000, 99999].map((ms) => placeAt(CUES, ms)), [-1, 0, 0, 1, 1, 2, 2]);
  assert.equal(placeAt([], 5), -1);
});

test("words are found everywhere, whatever their case", () => {
  assert.deepEqual(hitsOf(["先检查，再检查", "Arc 引弧 arc"], "检查").map((hit) => [hit.cue, hit.from]), [[0, 1], [0, 5]]);
  assert.deepEqual(hitsOf(["先检查", "Arc 引弧 arc"], " ARC ").map((hit) => [hit.cue, hit.from, hit.to]), [[1, 0, 3], [1, 7, 10]]);
  assert.deepEqual(hitsOf(["aaa"], "aa").length, 1);
  assert.deepEqual(hitsOf(["先检查"], "  "), []);
});

test("a text is cut at the mark nearest to the middle", () => {
  assert.equal(cutOf("先检查设备，再开始作业"), 6);
  assert.equal(cutOf("一二三四"), 2);
  assert.equal(cutOf("一二三。"), 2);
});
