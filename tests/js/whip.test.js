import assert from "node:assert/strict";
import { test } from "node:test";

import { UNHEARD_MS, falls, stands, verdict } from "../../static/js/kernel/whip.js";

const OPEN = { is_open: true, end: "", state: "live", is_heard: true };

test("a server that is away leads to the other way, a refusal does not", () => {
  assert.deepEqual([503, 500, 404, 403, 409, 422].map(falls), [true, true, true, false, false, false]);
});

test("what goes well is left alone, and what nobody forwards for long is given up", () => {
  assert.deepEqual(verdict(OPEN, 10 * UNHEARD_MS), {});
  assert.deepEqual(verdict({ ...OPEN, is_heard: false }, UNHEARD_MS), {});
  assert.deepEqual(verdict({ ...OPEN, is_heard: false }, UNHEARD_MS + 1), { falls: true });
});

test("a run that was lost begins again, one that was replaced does not take the lesson back", () => {
  for (const end of ["lost", "broken", "finished"])
    assert.deepEqual(verdict({ ...OPEN, is_open: false, end }, 0), { again: true });
  const replaced = verdict({ ...OPEN, is_open: false, end: "replaced" }, 0);
  assert.deepEqual([replaced.stop, replaced.code], ["bye", "taken_over"]);
});

test("what the server stopped because it was too much does not begin again by itself", () => {
  const found = verdict({ ...OPEN, is_open: false, end: "too_much", detail: "码率太高。" }, 0);
  assert.deepEqual(found, { stop: "bye", code: "too_much", detail: "码率太高。" });
});

test("the end of the lesson ends it, whatever the run says", () => {
  for (const state of ["ended", "cancelled"]) assert.equal(verdict({ ...OPEN, state }, 0).code, "live_ended");
});

const look = (packets, lost, frames) => ({ packets, lost, frames });

test("a watched line is left when nothing comes, when the picture stands, or when a tenth is lost", () => {
  assert.equal(stands([look(0, 0, 0), look(0, 0, 0), look(0, 0, 0), look(9, 0, 1)]), true); // it has not begun
  assert.equal(stands([look(9, 0, 1), look(9, 0, 1), look(9, 0, 1)]), true); // too early to say
  assert.equal(stands([look(9, 0, 1), look(20, 0, 30), look(40, 1, 60), look(60, 1, 90)]), true);
  assert.equal(stands([look(9, 0, 1), look(9, 0, 1), look(9, 0, 1), look(9, 0, 1)]), false);
  assert.equal(stands([look(9, 0, 7), look(20, 0, 7), look(40, 0, 7), look(60, 0, 7)]), false);
  assert.equal(stands([look(100, 0, 1), look(140, 4, 30), look(170, 9, 60), look(200, 10, 90)]), false);
});

test("sound alone has no picture that could stand", () => {
  assert.equal(stands([look(9, 0, null), look(20, 0, null), look(40, 0, null), look(60, 0, null)]), true);
});
