import assert from "node:assert/strict";
import { test } from "node:test";

import { contained, deckWords, frameRatio, moved, pageAfter, pointAt, slideAddress, SlideTrack, spotAt, stepOf } from "../../static/js/kernel/slides.js";

const slide = (page, spot = null) => ({ deck: "d1", page, page_count: 3, spot });

test("who comes late sees the page at once, later pages wait for the picture", () => {
  const track = new SlideTrack();
  track.put(slide(1), 0, 2000);
  assert.equal(track.at(0).page, 1);

  track.put(slide(2), 1000, 2000);
  track.put(slide(2), 1500, 2000); // the same again is no news
  assert.deepEqual([track.at(2999).page, track.wait(2999)], [1, 1]);
  assert.deepEqual([track.at(3000).page, track.wait(3000)], [2, null]);
});

test("a page never overtakes the one before it, and none waits for ever", () => {
  const track = new SlideTrack();
  track.put(null, 0, 0);
  track.put(slide(1), 0, 60_000);
  track.put(slide(2), 100, 0);

  assert.equal(track.at(9_999), null);
  assert.equal(track.at(10_000).page, 2);
});

test("a pointer moves in step too, and slides that are put away go", () => {
  const track = new SlideTrack();
  track.put(slide(1), 0, 0);
  track.put(slide(1, [10, 20]), 100, 500);
  track.put(null, 200, 500);

  assert.equal(track.at(599).spot, null);
  assert.deepEqual(track.at(600).spot, [10, 20]);
  assert.equal(track.at(700), null);
});

test("pages end at the first and the last", () => {
  assert.deepEqual([pageAfter(slide(1), -1), pageAfter(slide(1), 1), pageAfter(slide(3), 1)], [null, 2, null]);
  assert.deepEqual([stepOf("PageDown"), stepOf("ArrowLeft"), stepOf("Enter")], [1, -1, 0]);
});

test("a place on the page is found where the page lies in its frame", () => {
  const area = contained({ width: 400, height: 200 }, { width: 800, height: 800 });

  assert.deepEqual(area, { left: 100, top: 0, width: 200, height: 200 });
  assert.deepEqual(spotAt(area, 200, 50), [500, 250]);
  assert.equal(spotAt(area, 90, 50), null);
  assert.deepEqual(pointAt(area, [500, 250]), { x: 200, y: 50 });
  assert.deepEqual(contained({ width: 4, height: 3 }, { width: 0, height: 0 }), { left: 0, top: 0, width: 4, height: 3 });
});

test("a frame lies, whatever the page does", () => {
  assert.deepEqual([frameRatio(600, 900), frameRatio(1500, 1000), frameRatio(3000, 1000)], [4 / 3, 1.5, 16 / 9]);
});

test("what is said of a deck", () => {
  assert.equal(slideAddress("s1", slide(2)), "/live/s1/slides/d1/2.jpg");
  assert.equal(deckWords({ state: "waiting", percent: 0 }), "正在等待转换");
  assert.equal(deckWords({ state: "waiting", percent: 40 }), "正在转换 40%");
  assert.equal(deckWords({ state: "ready", page_count: 20 }), "共20页");
  assert.equal(deckWords({ state: "refused", error: "打不开" }), "打不开");
});

test("a deck moves by a step and not beyond the ends", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", -1), ["a", "c", "b"]);
  assert.equal(moved(["a", "b"], "b", 1), null);
  assert.equal(moved(["a", "b"], "gone", 1), null);
});
