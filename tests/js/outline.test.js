import assert from "node:assert/strict";
import { test } from "node:test";

import { dropAt } from "../../static/js/kernel/outline.js";

const ROWS = [
  { id: "s1", kind: "section", top: 0, bottom: 40 },
  { id: "a", kind: "lesson", top: 40, bottom: 80 },
  { id: "b", kind: "lesson", top: 80, bottom: 120 },
  { id: "s2", kind: "section", top: 120, bottom: 160 },
  { id: "c", kind: "lesson", top: 160, bottom: 200 },
];

test("a lesson goes before or after a lesson by which half it is held over", () => {
  assert.deepEqual(dropAt(ROWS, "a", 85), { target: "b", side: "before" });
  assert.deepEqual(dropAt(ROWS, "a", 195), { target: "c", side: "after" });
});

test("a lesson over a section goes into it", () => {
  assert.deepEqual(dropAt(ROWS, "a", 130), { target: "s2", side: "inside" });
});

test("a section goes among sections only", () => {
  assert.deepEqual(dropAt(ROWS, "s2", 10), { target: "s1", side: "before" });
  assert.deepEqual(dropAt(ROWS, "s2", 100), { target: "s1", side: "after" });
  assert.equal(dropAt(ROWS, "s1", 100), null);
});

test("nothing is dropped on itself or outside", () => {
  assert.equal(dropAt(ROWS, "a", 50), null);
  assert.equal(dropAt(ROWS, "a", 900), null);
});
