import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraWords, fileProblem, fitted, greys, pictureHint, stepMs } from "../../static/js/kernel/faces.js";

const WIDTH = 40;

function picture(grey) {
  const pixels = new Uint8ClampedArray(WIDTH * WIDTH * 4);
  for (let at = 0; at < WIDTH * WIDTH; at += 1) pixels.fill(grey(at % WIDTH, Math.floor(at / WIDTH)), 4 * at, 4 * at + 3);
  return greys(pixels);
}

test("the last frame is taken before the time is over, and no move drags on", () => {
  assert.equal(4 * stepMs(4, 12), 11000);
  assert.equal(stepMs(2, 12), 3000);
});

test("a picture fits the side and is never made larger", () => {
  assert.deepEqual(fitted(1280, 720), [640, 360]);
  assert.deepEqual(fitted(3000, 4000), [480, 640]);
  assert.deepEqual(fitted(320, 240), [320, 240]);
});

test("a hint says what is wrong with the light or the focus", () => {
  const edges = (x, y) => ((x + y) % 8 < 4 ? 90 : 170);
  assert.match(pictureHint(picture(() => 20), WIDTH), /太暗/);
  assert.match(pictureHint(picture(() => 240), WIDTH), /太亮/);
  assert.match(pictureHint(picture((x) => 100 + x), WIDTH), /模糊/);
  assert.equal(pictureHint(picture(edges), WIDTH), "");
});

test("what is not a photo of a sensible size is refused before it is sent", () => {
  assert.match(fileProblem({ size: 9, type: "application/pdf" }), /不是照片/);
  assert.match(fileProblem({ size: 20_000_000, type: "image/jpeg" }), /超过15MB/);
  assert.match(fileProblem({ size: 0, type: "image/jpeg" }), /空的/);
  assert.equal(fileProblem({ size: 2_000_000, type: "image/heic" }), "");
  assert.equal(fileProblem({ size: 2_000_000, type: "" }), "");
});

test("every way a camera stays shut is explained, with the way round it", () => {
  for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "SecurityError"]) assert.match(cameraWords(name), /改用手机拍照上传/);
});
