import assert from "node:assert/strict";
import test from "node:test";

import { jpegName, shrunkTo } from "../../static/js/kernel/pictures.js";

test("a large picture keeps its shape", () => {
  assert.deepEqual(shrunkTo(4000, 3000, 1600), { width: 1600, height: 1200 });
  assert.deepEqual(shrunkTo(3000, 4000, 1600), { width: 1200, height: 1600 });
});

test("a strip never gets a side of nothing", () => {
  assert.deepEqual(shrunkTo(40000, 3, 1600), { width: 1600, height: 1 });
});

test("what is small enough stays as it is", () => {
  assert.equal(shrunkTo(1600, 1200, 1600), null);
  assert.equal(shrunkTo(0, 0, 1600), null);
});

test("the picture that is sent is called after the one that was chosen", () => {
  assert.equal(jpegName("身份证.HEIC"), "身份证.jpg");
  assert.equal(jpegName("IMG.2026.png"), "IMG.2026.jpg");
  assert.equal(jpegName(".png"), "photo.jpg");
});
