import assert from "node:assert/strict";
import { test } from "node:test";

import { Fall, smallest } from "../../static/js/kernel/ways.js";

const POOR = { estimate: 200_000, need: 450_000 };

test("the smallest picture is what the line must carry", () => {
  assert.equal(smallest([{ bitrate: 1_600_000 }]), 1_600_000);
  assert.equal(smallest([{ bitrate: 1_600_000 }, { bitrate: 450_000 }]), 450_000);
  assert.equal(smallest([{ bitrate: 0 }]), 480_000);
});

test("two stalls on a poor line leave the picture, one does not", () => {
  const fall = new Fall();
  assert.equal(fall.stalled(1000, POOR), false);
  assert.equal(fall.stalled(2000, POOR), true);
  assert.equal(fall.isDown, true);
});

test("stalls far apart, or on a line that carries the picture, change nothing", () => {
  const fall = new Fall();
  fall.stalled(1000, POOR);
  assert.equal(fall.stalled(62_000, POOR), false);
  const teachers = new Fall();
  for (const at of [1000, 2000, 3000]) assert.equal(teachers.stalled(at, { estimate: 900_000, need: 450_000 }), false);
});

test("the picture is tried again, each time later", () => {
  const fall = new Fall();
  fall.stalled(0, POOR);
  fall.stalled(1000, POOR);
  assert.equal(fall.isOver(60_000), false);
  assert.equal(fall.isOver(61_000), true);
  fall.stalled(70_000, POOR);
  fall.stalled(71_000, POOR);
  assert.equal(fall.isOver(71_000 + 119_000), false);
  assert.equal(fall.isOver(71_000 + 120_000), true);
});

test("who chooses begins anew", () => {
  const fall = new Fall();
  fall.stalled(0, POOR);
  fall.stalled(1000, POOR);
  fall.reset();
  assert.equal(fall.isDown, false);
  assert.equal(fall.stalled(2000, POOR), false);
});
